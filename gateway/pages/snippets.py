"""What is typed or set on each kind of machine; the words around it are in the message catalogues."""

from dataclasses import dataclass
from typing import Final

from gateway.pages.policies import chrome_policies, firefox_policies

CERTIFICATE: Final = "leadglass-ca.pem"
WINDOWS: Final = "leadglass-ca.cer"
"""The same, as Windows and Android take it."""
GIT: Final = "git config --global http.https://huggingface.co/"
"""For this host alone."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """The steps for one kind of machine or program."""

    name: str
    steps: str
    """Key of the sentence that explains it, under `setup` in the catalogues."""
    code: str = ""
    files: tuple[str, ...] = ()
    """Names of the downloads that it needs."""


def snippets(proxy: str, pac: str, *, tls: bool) -> tuple[Snippet, ...]:
    """For `proxy` (`host:port`) and the address of the PAC file."""
    address = f"{'https' if tls else 'http'}://{proxy}"
    host, _, port = proxy.rpartition(":")
    # A proxy that speaks TLS shows a certificate of the same authority, which these two look up elsewhere.
    curl_trust = f" --proxy-cacert {CERTIFICATE}" if tls else ""
    git_trust = f"\n{GIT}.proxySSLCAInfo $PWD/{CERTIFICATE}" if tls else ""
    return (
        Snippet("Windows", "windows", "certutil -user -addstore Root leadglass-ca.cer\n"
            f'reg add "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings" /v AutoConfigURL /d {pac} /f',
            (WINDOWS,),
        ),
        Snippet(
            "macOS", "macos",
            "security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db leadglass-ca.cer\n"
            f'networksetup -setautoproxyurl Wi-Fi "{pac}"',
        ),
        Snippet("iPhone, iPad", "ios", pac, ("leadglass.mobileconfig",)),
        Snippet("Android", "android", pac, (WINDOWS,)),
        Snippet(
            "Linux", "linux",
            f"sudo cp {CERTIFICATE} /usr/local/share/ca-certificates/leadglass.crt && sudo update-ca-certificates\n"
            f"gsettings set org.gnome.system.proxy autoconfig-url '{pac}'\ngsettings set org.gnome.system.proxy mode auto",
        ),
        Snippet("Firefox", "firefox", firefox_policies(pac), ("firefox-policies.json",)),
        Snippet("Chrome, Edge", "chrome", chrome_policies(pac), ("chrome-policies.json",)),
        Snippet("GPO, Intune", "gpo", "certutil -addstore Root leadglass-ca.cer\nreg import leadglass.reg", (WINDOWS, "leadglass.reg")),
        Snippet("MDM", "mdm", files=("leadglass-managed.mobileconfig",)),
        Snippet(
            "Python", "python",
            f"cat $(python -m certifi) {CERTIFICATE} > bundle.pem\nexport HTTPS_PROXY={address} HTTP_PROXY={address}\n"
            "export SSL_CERT_FILE=$PWD/bundle.pem REQUESTS_CA_BUNDLE=$PWD/bundle.pem",
            (CERTIFICATE,),
        ),
        Snippet("Node.js", "node", f"export HTTPS_PROXY={address} NODE_USE_ENV_PROXY=1\nexport NODE_EXTRA_CA_CERTS=$PWD/{CERTIFICATE}"),
        Snippet(
            "Java", "java",
            f"keytool -importcert -noprompt -alias leadglass -file {CERTIFICATE} -cacerts -storepass changeit\n"
            f"export JAVA_TOOL_OPTIONS='-Dhttps.proxyHost={host} -Dhttps.proxyPort={port}'",
        ),
        Snippet("curl", "curl", f"curl --proxy {address}{curl_trust} --cacert {CERTIFICATE} https://api.openai.com/v1/models"),
        Snippet(
            "Docker", "docker",
            f"docker run -e HTTPS_PROXY={address} -e HTTP_PROXY={address} -v $PWD/bundle.pem:/ca.pem:ro"
            " -e SSL_CERT_FILE=/ca.pem -e REQUESTS_CA_BUNDLE=/ca.pem"
            " -e NODE_EXTRA_CA_CERTS=/ca.pem -e NODE_USE_ENV_PROXY=1 IMAGE",
        ),
        Snippet("git", "git", f"{GIT}.proxy {address}\n{GIT}.sslCAInfo $PWD/{CERTIFICATE}{git_trust}"),
    )  # fmt: skip
