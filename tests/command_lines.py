"""Commands as somebody types them."""

import sys

import pytest

from studyplan.cli.program import main


def succeed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that succeeds and return what it printed."""
    assert main(arguments) == 0
    return capsys.readouterr().out


def fail(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that is a mistake and return the one sentence that says so."""
    with pytest.raises(SystemExit) as end:
        sys.exit(main(arguments))
    assert end.value.code == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("studyplan")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err
