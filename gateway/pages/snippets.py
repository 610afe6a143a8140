"""What is typed or set on each kind of machine; the words around it are in the message catalogues."""

import json
from dataclasses import dataclass
from typing import Final

CERTIFICATE: Final = "leadglass-ca.pem"


@dataclass(frozen=True, slots=True)
class Snippet:
    """The steps for one kind of machine or program."""

    name: str
    steps: str
    """Key of the sentence that explains it, under `setup` in the catalogues."""
    code: str = ""


def snippets(proxy: str, pac: str) -> tuple[Snippet, ...]:
    """For `proxy` (`host:port`) and the address of the PAC file."""
    address = f"http://{proxy}"
    policies = {
        "policies": {
            "Certificates": {"ImportEnterpriseRoots": True},
            "Proxy": {"Mode": "autoConfig", "AutoConfigURL": pac},
        }
    }
    chrome = {"ProxyMode": "pac_script", "ProxyPacUrl": pac, "QuicAllowed": False, "DnsOverHttpsMode": "off"}
    host, _, port = proxy.rpartition(":")
    return (
        Snippet("Windows", "windows", f"certutil -user -addstore Root leadglass-ca.cer\nms-settings:network-proxy  ->  {pac}"),
        Snippet(
            "macOS", "macos",
            "security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db leadglass-ca.cer\n"
            f'networksetup -setautoproxyurl Wi-Fi "{pac}"',
        ),
        Snippet("iPhone, iPad", "ios"),
        Snippet("Android", "android"),
        Snippet(
            "Linux", "linux",
            f"sudo cp {CERTIFICATE} /usr/local/share/ca-certificates/leadglass.crt && sudo update-ca-certificates\n"
            f"gsettings set org.gnome.system.proxy autoconfig-url '{pac}'\ngsettings set org.gnome.system.proxy mode auto",
        ),
        Snippet("Firefox", "firefox", json.dumps(policies, indent=1)),
        Snippet("Chrome, Edge", "chrome", json.dumps(chrome, indent=1)),
        Snippet("GPO, Intune", "gpo", f"certutil -addstore Root leadglass-ca.cer\nProxyPacUrl = {pac}"),
        Snippet("MDM", "mdm"),
        Snippet(
            "Python", "shell",
            f"export HTTPS_PROXY={address} HTTP_PROXY={address}\n"
            f"export SSL_CERT_FILE=$PWD/{CERTIFICATE} REQUESTS_CA_BUNDLE=$PWD/{CERTIFICATE}",
        ),
        Snippet("Node.js", "node", f"export HTTPS_PROXY={address} NODE_USE_ENV_PROXY=1\nexport NODE_EXTRA_CA_CERTS=$PWD/{CERTIFICATE}"),
        Snippet(
            "Java", "java",
            f"keytool -importcert -noprompt -alias leadglass -file {CERTIFICATE} -cacerts -storepass changeit\n"
            f"export JAVA_TOOL_OPTIONS='-Dhttps.proxyHost={host} -Dhttps.proxyPort={port}'",
        ),
        Snippet("curl", "shell", f"curl --proxy {address} --cacert {CERTIFICATE} https://api.openai.com/v1/models"),
        Snippet(
            "Docker", "docker",
            f"docker run -e HTTPS_PROXY={address} -v $PWD/{CERTIFICATE}:/ca.pem:ro -e SSL_CERT_FILE=/ca.pem IMAGE",
        ),
        Snippet("git", "git", f"git config --global http.https://huggingface.co/.proxy {address}\n"
                f"git config --global http.https://huggingface.co/.sslCAInfo $PWD/{CERTIFICATE}"),
    )  # fmt: skip
