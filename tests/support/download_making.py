"""A data set of three ratings, its archive, and a server on this machine in place of GroupLens."""

import hashlib
import http.server
import io
import ssl
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from rbm_lib.datasets import movielens
from rbm_lib.datasets.movielens import MOVIELENS

RATINGS = "1::1193::5::978300760\n1::661::3::978302109\n2::1193::4::978298413\n"


MOVIES = "661::James and the Giant Peach (1996)::Animation|Musical\n999::Never Rated (1990)::Drama\n"


USERS = "1::F::1::10::48067\n2::M::56::16::70072\n"


def archive_of(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"ml-1m/{name}", text)
    return buffer.getvalue()


def pin(monkeypatch, content: bytes) -> None:
    digest = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(MOVIELENS, "ml-1m", replace(MOVIELENS["ml-1m"], archive_hash=f"sha256:{digest}", num_ratings=3))


def place(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in (("ratings.dat", RATINGS), ("movies.dat", MOVIES), ("users.dat", USERS)):
        (folder / name).write_text(text)
    return folder


class Handler(http.server.BaseHTTPRequestHandler):
    """Sends `content`, announcing `announced` bytes."""

    def __init__(self, *args, content: bytes, announced: int, **kwargs):
        self.content, self.announced = content, announced
        super().__init__(*args, **kwargs)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(self.announced))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *args):
        pass


@contextmanager
def serving(monkeypatch, content: bytes, announced: int | None = None, certificate: Path | None = None):
    """A server on this machine that takes the place of GroupLens and stops with the block."""
    handler = partial(Handler, content=content, announced=len(content) if announced is None else announced)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if certificate else "http"
    monkeypatch.setattr(movielens, "BASE_URL", f"{scheme}://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
