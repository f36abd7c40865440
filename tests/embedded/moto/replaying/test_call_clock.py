"""The times that resources show are those of their calls, also after a restart."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from control_planes import client_of, make_function

from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.moto.replaying.call_clock import CallClock

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f"
THEN_S = 1_700_000_000.0


def test_a_clock_is_stopped_for_a_call() -> None:
    clock = CallClock()
    with clock.at(1.5):
        assert (clock.time_s(), clock.now().isoformat()) == (1.5, "1970-01-01T00:00:01.500000")
    assert clock.time_s() > 1e9
    with clock.at(None):
        assert clock.time_s() > 1e9


def times_of(control: ControlPlane) -> list[float]:
    """Return the times that resources show, in epoch seconds."""
    apis, functions = client_of(control, "apigatewayv2"), client_of(control, "lambda")
    (api,) = apis.get_apis()["Items"]
    (deployment,) = apis.get_deployments(ApiId=api["ApiId"])["Items"]
    url = functions.get_function_url_config(FunctionName="f")
    events = functions.get_function_event_invoke_config(FunctionName="f")
    (query,) = client_of(control, "logs").describe_query_definitions()["queryDefinitions"]
    return [
        deployment["CreatedDate"].timestamp(),
        datetime.fromisoformat(url["CreationTime"]).timestamp(),
        datetime.fromisoformat(url["LastModifiedTime"]).timestamp(),
        events["LastModified"].timestamp(),
        query["lastModified"] / 1000,
    ]


def test_a_restart_repeats_the_times_of_calls(restart: Callable[[], ControlPlane]) -> None:
    control = restart()
    make_function(control)
    functions = client_of(control, "lambda")
    functions.create_function_url_config(FunctionName="f", AuthType="NONE")
    functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    client_of(control, "apigatewayv2").create_api(Name="a", ProtocolType="HTTP", Target=FUNCTION)
    client_of(control, "logs").put_query_definition(name="n", queryString="limit 5")
    journal = control._journal
    entries = list(journal)
    journal.forget(journal.numbered())
    for entry in entries:
        journal.append(replace(entry, time_s=THEN_S))
    assert set(times_of(restart())) == {THEN_S}
