"""A process of its own that appends audit records: ``python -m tests.appending``.

Reads a database URL, a name and a number of records from standard input, one a line. Prints each
sequence number once its commit is acknowledged.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from app.audit_bridge import AuditBridge
from app.clock import SystemClock
from app.crypto import Cipher
from app.engine import Database
from app.references import draw_reference
from app.writer import Writer
from audit.trail import AuditTrail
from context.ports import AuditEvent, AuditNote
from tests.keys import secret_keys

THREADS = 8


def main() -> None:
    url, name, count = (line.strip() for line in sys.stdin.readlines()[:3])
    database = Database(url)
    writer = Writer(database, wait_seconds=60)
    bridge = AuditBridge(AuditTrail(Cipher(secret_keys()), SystemClock(), name), writer)
    writer.start()

    def append(number: int) -> None:
        reference = draw_reference()
        fields = {"hospital": name, "page": str(number)}
        bridge.commit(AuditNote(AuditEvent.ACCESS_DENIED, reference, fields))
        sys.stdout.write(f"{reference}\n")
        sys.stdout.flush()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(append, range(int(count))))
    writer.stop()
    database.dispose()


if __name__ == "__main__":
    main()
