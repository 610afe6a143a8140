"""The list of commands, each loaded only when it is called: `leadglass audit list` needs no image library."""

import importlib
import sys
from typing import Final, override

import click

from gateway import __version__
from gateway.errors import GatewayError

COMMANDS: Final = {
    "serve": ("gateway.cli.serve", "serve", "Run the gateway."),
    "inspect": ("gateway.cli.inspect", "inspect", "Say what the gateway would decide about files."),
    "redact": ("gateway.cli.redact", "redact", "Write a file again without the patient."),
    "rules": ("gateway.cli.rules", "rules", "Check, test and explain rules."),
    "exempt": ("gateway.cli.exempt", "exempt", "Give reasons, and grant or decline exemptions."),
    "evidence": ("gateway.cli.evidence", "evidence", "Open what was stopped and kept sealed."),
    "audit": ("gateway.cli.audit", "audit", "List, show, verify and export the record."),
    "review": ("gateway.cli.review", "review", "Say who may open the review pages."),
    "enrol": ("gateway.cli.enrol", "enrol", "What one user's machine needs."),
    "doctor": ("gateway.cli.doctor", "doctor", "Prove that uploads pass through the gateway."),
}

EPILOG = """\b
Exit codes: 0 done; 1 the answer is no (a rule test failed, the record does not verify, a canary leaked);
2 the command could not be carried out; 3 the file cannot be redacted.
Example: leadglass inspect scan.png --to chatgpt.com
"""


class Commands(click.Group):
    """A group that imports a command's module when it is used."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, _, sentence) in COMMANDS.items()])


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leadglass")
def leadglass() -> None:
    """Leadglass keeps medical images out of AI services, and proves it."""


def main() -> None:
    """Run the command; what goes wrong is one line on stderr that says what to do, and exit code 2."""
    try:
        leadglass.main(prog_name="leadglass", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        sys.exit(_told(f"{' '.join(error.format_message().split())}{_help(error)}"))
    except GatewayError as error:
        sys.exit(_told(str(error)))
    except BrokenPipeError:
        sys.exit(141)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        sys.exit(
            _told(f"{place}{error.strerror or type(error).__name__}; can this user read and write there?")
        )


def _told(message: str) -> int:
    click.echo(f"leadglass: {message}", err=True)
    return 2


def _help(error: click.ClickException) -> str:
    """Where to read on, for a command that was not typed as it should be."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f" See `{context.command_path} --help`." if context else ""
