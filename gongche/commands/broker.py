"""``gongche broker``: the broker that trackers publish to, as a process of its own."""

from __future__ import annotations

from gongche import logs
from gongche.brokering import run_broker
from gongche.settings import Settings


def broker() -> None:
    """Serve trackers over MQTT, each as a user of its own · 消息服务器.

    What `gongche up` runs embedded, for other machines too. A tracker's password, changed or revoked, holds within
    seconds. Exit status 2: the data folder is in use, or the server does not start.
    """
    logs.configure("broker")
    run_broker(Settings())
