"""Runtimes that another version stands in for are said, once each."""

from control_planes import client_of, make_function
from waiting import waited

from tracing_lab.embedded.moto.plane import ControlPlane


def test_a_runtime_that_is_not_here_is_said_once(control: ControlPlane) -> None:
    make_function(control)
    functions = client_of(control, "lambda")
    for memory_mb in (128, 256):
        functions.update_function_configuration(
            FunctionName="f", Runtime="python3.9", MemorySize=memory_mb
        )

    def said() -> list[str]:
        return [text for text in control.gaps.messages if "runtime python3.9 run on" in text]

    (sentence,) = waited(said)
    assert "put python3.9" in sentence
