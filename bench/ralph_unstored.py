"""Ralph, an xAPI learning record store, with its storage switched off: what it asks of itself before it stores.

`PYTHON bench/ralph_unstored.py PORT FOLDER`, where PYTHON is of an environment that has `ralph-malph[lrs]`, which
is no dependency of ours; nothing of ours is imported. Statements are checked, given their time and authority,
and thrown away. The account is `bench:bench`, through Ralph's own table of accounts and its own cache.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from importlib import import_module
from pathlib import Path

USER = PASSWORD = "bench"  # noqa: S105 - it opens a store that stores nothing


def main(port: int, folder: Path) -> None:
    """Serve on loopback, one worker, until standard input closes; `folder` is empty, and ours."""
    os.chdir(folder)  # where it would look for a `.env`
    os.environ |= {"RALPH_RUNSERVER_BACKEND": "fs", "RALPH_AUTH_FILE": str(_accounts(folder))}
    statements = import_module("ralph.api.routers.statements")
    statements.BACKEND_CLIENT.write = lambda data, **_: len(data)
    statements.BACKEND_CLIENT.query_statements_by_ids = lambda **_: ()
    threading.Thread(target=lambda: os._exit(len(sys.stdin.buffer.read())), daemon=True).start()
    import_module("uvicorn").run(import_module("ralph.api").app, port=port, log_level="warning", access_log=False)


def _accounts(folder: Path) -> Path:
    bcrypt = import_module("bcrypt")
    account = {
        "username": USER,
        "hash": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt()).decode(),
        "scopes": ["statements/write"],
        "agent": {"mbox": "mailto:bench@example.org"},
        "target": None,
    }
    path = folder / "auth.json"
    path.write_text(json.dumps([account]), encoding="utf-8")
    return path


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
