"""The ``dealstream`` command: one module a subcommand, each importing what it needs only when it runs."""

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from dealstream.cli import (
    counts,
    create,
    dataset,
    evaluate,
    lag,
    market,
    memory,
    plan,
    produce,
    report,
    reshard,
    retire,
    schemas,
    serve,
    slots,
    stats,
    submit,
    tune,
    user,
    verify,
    wait,
)
from dealstream.cli.failure import Failure


class _Commands(TyperGroup):
    """Turns what is expected to go wrong into one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 -- typer keeps the context's type private
        try:
            return super().invoke(ctx)
        except Exception as error:
            failure = _as_failure(error)
            if failure is None:
                raise
            print(f"dealstream: {failure}", file=sys.stderr)
            raise typer.Exit(failure.exit_code) from None


def _as_failure(error: Exception) -> Failure | None:
    from dealstream.settings import SettingsError
    from dealstream.stores.errors import StoreUnavailableError

    match error:
        case Failure():
            return error
        case SettingsError():
            return Failure(str(error), exit_code=2)
        case StoreUnavailableError():
            return Failure(str(error))
    return None


app = typer.Typer(
    name="dealstream",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Exact conversion rates of every deal in every audience, within seconds.",
)
app.add_typer(dataset.app, name="dataset")
for command in (
    create.create,
    plan.plan,
    submit.submit,
    produce.produce,
    wait.wait,
    report.report,
    counts.counts,
    user.user,
    lag.lag,
    stats.stats,
    tune.tune,
    memory.memory,
    schemas.schemas,
    retire.retire,
    slots.slots,
    reshard.reshard,
    verify.verify,
    evaluate.evaluate,
    serve.serve,
    market.market,
):
    app.command()(command)
