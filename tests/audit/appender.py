"""Appends decisions and outcomes until it is killed; says each durable index on stdout."""

import os
import sys
from pathlib import Path

from gateway.audit import Entry, open_ledger
from tests.audit.made import ORIGIN, decision

with open_ledger(Path(sys.argv[1]), ORIGIN) as ledger:
    while True:
        audit_id = ledger.new_id()
        index = ledger.append(decision(audit_id)).result()
        os.write(1, f"{index} {audit_id}\n".encode())
        ledger.append(Entry.outcome_of(audit_id, "refused"))
