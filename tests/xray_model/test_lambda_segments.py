"""What Lambda's two segments do not say by their ids."""

from tracing_lab.xray_model.lambda_segments import attempt_name


def test_attempts_are_counted_from_one() -> None:
    assert [attempt_name(number) for number in (1, 2)] == ["Attempt #1", "Attempt #2"]
