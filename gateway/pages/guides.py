"""How each kind of machine and program is set up: the commands; the words stand in the catalogues (`guide.NAME`)."""

from dataclasses import dataclass
from typing import Final

CA: Final = "leadglass-ca.pem"


@dataclass(frozen=True, slots=True)
class Guide:
    """One kind of machine or program."""

    key: str
    title: str
    code: str = ""
    files: tuple[str, ...] = ()


def guides(proxy: str, pac: str, *, tls: bool) -> tuple[Guide, ...]:
    """All of them, for a person who reaches the proxy at `proxy` (HOST:PORT) and its PAC file at `pac`."""
    url = f"{'https' if tls else 'http'}://{proxy}"
    host, _, port = proxy.rpartition(":")
    return (
        Guide(
            "windows",
            "Windows",
            f'certutil -user -addstore Root leadglass-ca.crt\nreg add "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings" /v AutoConfigURL /d {pac} /f',
            ("leadglass-ca.crt",),
        ),
        Guide(
            "macos",
            "macOS",
            f"sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {CA}\nnetworksetup -setautoproxyurl Wi-Fi {pac}",
            (CA, "leadglass.mobileconfig"),
        ),
        Guide("ios", "iPhone, iPad", pac, ("leadglass.mobileconfig",)),
        Guide("android", "Android", pac, ("leadglass-ca.crt",)),
        Guide(
            "linux",
            "Linux",
            f"sudo cp {CA} /usr/local/share/ca-certificates/leadglass.crt && sudo update-ca-certificates\n"
            f"gsettings set org.gnome.system.proxy autoconfig-url {pac}\ngsettings set org.gnome.system.proxy mode auto",
            (CA,),
        ),
        Guide("firefox", "Firefox", pac, (CA, "firefox-policies.json")),
        Guide("chrome", "Chrome, Edge", "chrome://policy", ("chrome-policies.json",)),
        Guide(
            "python",
            "Python",
            f"cat $(python -m certifi) {CA} > bundle.pem\nexport HTTPS_PROXY={url}\nexport SSL_CERT_FILE=$PWD/bundle.pem REQUESTS_CA_BUNDLE=$PWD/bundle.pem",
            (CA,),
        ),
        Guide(
            "node",
            "Node.js",
            f"export HTTPS_PROXY={url} NODE_USE_ENV_PROXY=1\nexport NODE_EXTRA_CA_CERTS=$PWD/{CA}",
            (CA,),
        ),
        Guide(
            "java",
            "Java",
            f"keytool -importcert -cacerts -alias leadglass -file {CA}\njava -Dhttps.proxyHost={host} -Dhttps.proxyPort={port} ...",
            (CA,),
        ),
        Guide("curl", "curl", f"curl --proxy {url} --cacert {CA} https://api.openai.com/v1/models", (CA,)),
        Guide(
            "docker",
            "Docker",
            f"docker run -e HTTPS_PROXY={url} -e SSL_CERT_FILE=/ca.pem -v $PWD/bundle.pem:/ca.pem:ro ...",
            (CA,),
        ),
        Guide("git", "git", f"git config --global http.proxy {url}\ngit config --global http.sslCAInfo $PWD/bundle.pem", (CA,)),
        Guide("gpo", "GPO, Intune", "certutil -addstore Root leadglass-ca.crt\nreg import leadglass.reg", ("leadglass-ca.crt", "leadglass.reg")),
        Guide("mdm", "MDM (Jamf, Intune)", "sudo profiles show -type configuration", ("leadglass.mobileconfig",)),
    )  # fmt: skip
