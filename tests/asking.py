"""The application itself, asked as a browser asks it and as a program does."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient

from movement_lab.server import create_app
from movement_lab.server.settings import ServerSettings
from movement_lab.storage import Store

HERE = "http://127.0.0.1:8000"


class Browser:
    """Sends what a browser of a page of ours sends: origin, cookies, and the page's token with forms."""

    def __init__(self, client: FlaskClient, *, at: str = HERE) -> None:
        self.client, self.at = client, at
        self.token = ""

    def get(self, path: str, **headers: str) -> Any:
        marks = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
        answer = self.client.get(path, base_url=self.at, headers={**marks, **headers}, buffered=True)
        found = re.search(r'name="csrf-token" content="([^"]+)"', answer.get_data().decode(errors="replace"))
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, form: dict[str, Any] | None = None, **headers: str) -> Any:
        marks = {"Sec-Fetch-Site": "same-origin", "Origin": self.at}
        data = {"csrf_token": self.token, **(form or {})}
        return self.client.post(path, base_url=self.at, data=data, headers={**marks, **headers})

    def fetch(self, method: str, path: str, json: Any = None, **headers: str) -> Any:
        marks = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Origin": self.at}
        marks |= {"X-CSRFToken": self.token} if self.token else {}
        return self.client.open(
            path, method=method, base_url=self.at, json=json, headers={**marks, **headers}, buffered=True
        )


def browser(store: Store, **settings: Any) -> Browser:
    """Return a browser that has opened nothing yet."""
    told = ServerSettings(**settings)
    at = f"{told.scheme}://{told.names[0]}" if told.names else HERE
    return Browser(create_app(store, told).test_client(), at=at)
