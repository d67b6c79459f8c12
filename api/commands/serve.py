"""`fenrun serve` and `fenrun demo`: the service, and the service on demo data."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.demo_history import load_history
from api.output import BAD_INPUT, console, problems
from api.settings import DEMO_SECRET, Settings
from engine.calendar import SHANGHAI
from engine.people.binding import BindingRule
from storage.database import open_database
from storage.demo import load_demo

Host = Annotated[str, typer.Option(help="监听地址 / address to listen on")]
Port = Annotated[int, typer.Option(help="端口 / port", min=1, max=65535)]


def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """启动服务 / Serve catalogue, quotes, orders and campaigns from the configured database."""
    _serve(create_app(_settings()), host, port)


def demo(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """启动演示 / Load Changsha's demo shop into the configured database and serve it."""
    settings = msgspec.structs.replace(_settings(), demo=True)
    if settings.merchant_token is None:
        settings = msgspec.structs.replace(settings, merchant_token="demo-merchant")
    if settings.token_secret is None:
        settings = msgspec.structs.replace(settings, token_secret=DEMO_SECRET)
    if settings.binding is None:
        settings = msgspec.structs.replace(settings, binding=BindingRule("last_wins"))
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_url)
    load_demo(engine, settings.rules_dir, datetime.now(SHANGHAI))
    engine.dispose()
    app = create_app(settings)
    told = load_history(app.state.service)
    address = f"http://{host}:{port}"
    console.print("分润演示 / Fenrun demo", style="bold")
    for path, zh, en in (
        ("/", "从这里开始", "start here"),
        ("/shop", "逛夜市，看价格", "price an order"),
        ("/campaigns/new?template=night-market", "商家选活动模板", "a merchant fills a template"),
        ("/settlements", "每个周期的对账单", "statements of every period"),
        ("/openapi.json", "接口说明", "the API"),
    ):
        console.print(f"  {address}{path}  {zh} / {en}", markup=False)
    if told:
        console.print(f"  已记入 {told} 件往事 / {told} past events were told to it", markup=False)
    _serve(app, host, port)


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except ValueError as error:
        problems.print(str(error), markup=False)
        raise typer.Exit(BAD_INPUT) from None


def _serve(app: FastAPI, host: str, port: int) -> None:
    uvicorn.run(app, host=host, port=port, log_level="warning")
