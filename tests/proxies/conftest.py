"""The reverse proxies of `config/proxies`, as they stand there but for ports, names and certificate."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from benchmarks.ports import free_port
from router.backends.embedded import EmbeddedStore
from router.commands.demo import demo_dir
from router.settings import Settings
from tests.server.serving import SECRET, Server, open_server

EXAMPLES = Path(__file__).parents[2] / "config" / "proxies"
PATIENCE_SECONDS = 20.0


@pytest.fixture
def settings(tmp_path: Path, store: EmbeddedStore) -> Settings:
    """Settings of a server behind a proxy on this machine, as the examples say, that knows places of addresses."""
    return Settings(
        port=0,
        data_dir=str(tmp_path),
        redis_url=store.address,
        trusted_proxies=["127.0.0.1"],
        geoip_database=str(demo_dir() / "places.mmdb"),
    )


@pytest_asyncio.fixture
async def server(settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    async with open_server(settings) as opened:
        yield opened


@pytest_asyncio.fixture(params=["nginx", "caddy"])
async def proxy(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> AsyncIterator[str]:
    """Address of a proxy with TLS in front of the server."""
    name: str = request.param
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if program is None:
        pytest.skip(f"{name} is not installed")
    certificate, key = await _certificate(tmp_path)
    port = free_port()
    behind = server.address.removeprefix("http://")
    if name == "nginx":
        command = _nginx(program, tmp_path, port, behind, certificate, key)
    else:
        command = _caddy(program, tmp_path, port, behind, certificate, key)
    async with _running(command, port):
        yield f"https://localhost:{port}"


@pytest.fixture
def tls() -> ssl.SSLContext:
    """Trusts the certificate of a proxy that is ours, without asking who signed it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _nginx(program: str, folder: Path, port: int, behind: str, certificate: Path, key: Path) -> list[str]:
    example = _replaced(
        (EXAMPLES / "nginx.conf").read_text(),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("server 127.0.0.1:8080", f"server {behind}"),
        ("server_name chat.example.com", "server_name localhost"),
        ("/etc/ssl/chat.example.com.pem", str(certificate)),
        ("/etc/ssl/chat.example.com.key", str(key)),
    )
    own = "".join(
        f"{what}_temp_path {folder}/{what};\n" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
    file = folder / "nginx.conf"
    file.write_text(f"{main}http {{\naccess_log off;\n{own}{example}}}\n")
    return [program, "-p", str(folder), "-c", str(file), "-e", str(folder / "error.log")]


def _caddy(program: str, folder: Path, port: int, behind: str, certificate: Path, key: Path) -> list[str]:
    example = _replaced(
        (EXAMPLES / "Caddyfile").read_text(),
        ("chat.example.com {", f"https://localhost:{port} {{\n\ttls {certificate} {key}"),
        ("reverse_proxy 127.0.0.1:8080", f"reverse_proxy {behind}"),
    )
    file = folder / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{example}")
    return [program, "run", "--config", str(file), "--adapter", "caddyfile"]


def _replaced(text: str, *replacements: tuple[str, str]) -> str:
    for old, new in replacements:
        assert text.count(old) == 1, f"the example has {old!r} {text.count(old)} times"
        text = text.replace(old, new)
    return text


async def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "proxy.pem", folder / "proxy.key"
    making = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost", "-out", str(certificate), "-keyout", str(key)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await making.communicate()
    assert making.returncode == 0, said.decode()
    return certificate, key


@asynccontextmanager
async def _running(command: list[str], port: int) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _until_open(process, port)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_open(process: asyncio.subprocess.Process, port: int) -> None:
    while True:
        assert process.returncode is None, "the proxy ended: its configuration is wrong"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            await writer.wait_closed()
            return
