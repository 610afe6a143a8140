"""The firewall's example, as the firewall reads it, and as it treats real packets of namespaces that are made here."""

import re
import subprocess
from pathlib import Path

FILE = Path(__file__).parents[2] / "deploy" / "nftables" / "egress.nft"
ALONE = ["unshare", "--user", "--map-root-user", "--net"]


def test_the_firewall_takes_the_rules_and_would_not_take_wrong_ones(tmp_path: Path) -> None:
    subprocess.run([*ALONE, "nft", "-c", "-f", str(FILE)], check=True, capture_output=True)
    wrong = tmp_path / "wrong.nft"
    wrong.write_text(FILE.read_text().replace("@doh4", "@nothing"))
    assert (
        subprocess.run([*ALONE, "nft", "-c", "-f", str(wrong)], check=False, capture_output=True).returncode
        != 0
    )


def test_it_can_be_loaded_again_and_stands_there_once() -> None:
    twice = f"nft -f {FILE} && nft -f {FILE} && nft list table inet leadglass"
    done = subprocess.run([*ALONE, "sh", "-c", twice], check=True, capture_output=True, text=True)
    assert done.stdout.count("chain forward") == 1
    assert len(re.findall(r"reject", done.stdout)) == 5
