"""A CRM with as many accounts as asked for, in a process of its own: `python -m benchmarks.crm_standin ACCOUNTS`.

It says its address in one line, and ends when its standard input does.
"""

import sys
import threading
from datetime import UTC, datetime

from revops.standins.crm.made_up import Size, made_up
from revops.standins.crm.records import Book
from revops.standins.mounting import Mounted
from revops.standins.salesforce.app import SalesforceStandIn
from revops.standins.serving import serve

CLIENT, SECRET = "benchmark", "of-a-benchmark"


def main(accounts: int) -> None:
    book = Book()
    some = max(accounts // 10, 1)
    made_up(book, at=datetime.now(UTC), size=Size(accounts=accounts, opportunities=some, leads=some, activities=some))
    app = SalesforceStandIn(book, client_id=CLIENT, client_secret=SECRET)
    server = serve(Mounted(app, {app.name: app}), host="127.0.0.1", port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}/{app.name}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
