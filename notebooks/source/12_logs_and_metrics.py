# %% [markdown]
# # Connect logs, metrics and alarms to traces
#
# **What you'll do.** Query the services' logs, read the metrics that they and AWS publish, see an
# alarm go off, and get from each of these to the traces behind it.
#
# **What you'll learn.**
#
# - how filter patterns and Logs Insights find lines, and what they cannot find
# - how to lay the log lines of all services beside one trace
# - where metrics come from, and how their percentiles compare with those of traces
# - how an alarm works, and what to do when one goes off
#
# **What you'll need.** Notebooks 02 and 10, and 25 minutes. On AWS this costs less than a cent;
# queries of Logs Insights cost \$0.005 per GB that they read.

# %%
import json
import os
import time
from datetime import UTC, datetime, timedelta

import boto3
import pandas as pd

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))

# %% [markdown]
# ## Something to look at
#
# Twenty orders, while `payment` declines three in ten. The logs of that time, from `start` to
# `end`, will show little else, if nobody else uses the stack.

# %%
os.environ.update(tl.aws.environment(config))  # for boto3 and the aws command
tl.faults.inject(config, "payment", error_rate=0.3, error_type="CardDeclined")
tl.xray.fetch_traces(config, tl.traffic.fire(outputs, orders=2, rate=1))  # until all are awake
log = tl.traffic.fire(outputs, orders=20, rate=5, seed=12, progress=bar("orders"))
spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
start = log["sent"].min().floor("s")
end = pd.Timestamp.now("UTC").floor("s") - pd.Timedelta("1ms")  # Insights takes whole seconds

# %% [markdown]
# ## What a function logs
#
# Each function has a log group. Here are the first lines of payment's, with plain boto3:

# %%
logs, group = boto3.client("logs"), outputs.log_groups["payment"]
window = {"startTime": int(start.timestamp() * 1000), "endTime": int(end.timestamp() * 1000)}
answer = logs.filter_log_events(logGroupName=group, limit=10, **window)
for event in answer["events"]:
    print(event["message"].strip()[:100])

# %% [markdown]
# `START`, `END` and `REPORT` are Lambda's own: one of each for an invocation, plain text with the
# request's id (and `INIT_START` where an environment starts). The lines of JSON are the service's:
# what happened, with level, order and trace id. Some of them have a member `_aws`; those are
# metrics, which come later.
#
# ## Filter patterns
#
# A [filter pattern](../docs/glossary.md#filter-pattern) selects lines while they are read: by a
# word that the line has to contain, or by a condition on the members of its JSON.

# %%
patterns = ["ERROR", '{ $.level = "ERROR" }', '{ $.error = "Card*" }']
patterns.append(f'{{ $.trace_id = "{log["trace_id"].iloc[0]}" }}')
ours = {"start": start, "end": end, "services": ["payment"]}
found = {text: tl.logs.fetch(config, pattern=text, **ours) for text in patterns}
pd.Series({text: len(lines) for text, lines in found.items()}, name="lines")

# %% [markdown]
# The word finds more than the condition: Lambda's runtime logs each uncaught exception as well, as
# text that begins with `[ERROR]`. Such a line has neither trace nor request id, so nothing leads
# from it to the order. That is what structured lines are for.
#
# ## The lines of one trace
#
# Without a pattern you get all lines of all services. Joined to spans, those of one order tell its
# story. Here is one that was declined. (On AWS lines arrive some seconds late. If some seem to be
# missing, run these cells again.)

# %%
lines = tl.logs.fetch(config, start=start, end=end)
story = tl.logs.lines_of_traces(lines, spans).dropna(subset="level")
declined = story.loc[story["level"] == "ERROR", "trace_id"].iloc[0]
story = story[story["trace_id"] == declined].copy()
story["offset_ms"] = (story["offset_s"] * 1000).round(1)
story[["offset_ms", "service", "level", "message"]]

# %% [markdown]
# ### Your turn: how many were declined?
#
# For how many orders did payment log that a card was declined? Fetch the lines with a pattern, and
# count each order once (a retry logs a second line).

# %%
orders_declined = ...
# solution
errors = tl.logs.fetch(config, pattern='{ $.error = "CardDeclined" }', **ours)
orders_declined = errors["trace_id"].nunique()

# %%
tl.check.check("12.declined", orders_declined, lines=lines)

# %% [markdown]
# ## Logs Insights: lines as a table
#
# A pattern selects. [Logs Insights](../docs/glossary.md#logs-insights) also computes: it reads
# several groups, makes columns of JSON members and of Lambda's own lines, and groups and sorts
# them. A query runs in the background. With plain boto3 you start it and poll until it is complete:

# %%
text = "filter ispresent(level) | stats count(*) as lines by service, level | sort service"
seconds = {"startTime": int(start.timestamp()), "endTime": int(end.timestamp())}
groups = [outputs.log_groups[service] for service in outputs.function_names]
query_id = logs.start_query(logGroupNames=groups, queryString=text, **seconds)["queryId"]
while (answer := logs.get_query_results(queryId=query_id))["status"] in ("Scheduled", "Running"):
    time.sleep(0.5)
[{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]

# %% [markdown]
# `tl.logs.query` does that and returns a frame with proper types. `REPORT` lines say how long an
# invocation took and how much of that was billed:

# %%
text = """filter @type = "REPORT"
| stats count(*) as runs, pct(@duration, 95) as p95_ms, max(@billedDuration) as longest_ms by @log
"""
report = tl.logs.query(config, text, start=start, end=end)
report["@log"] = report["@log"].str.rpartition("/")[2]
report.replace(tl.plot.short_names(report["@log"])).round(1)

# %% [markdown]
# ### Your turn: which function was billed most?
#
# Change the query: which service has the largest *sum* of `@billedDuration`?

# %%
billed_most = ...
# solution
text = 'filter @type = "REPORT" | stats sum(@billedDuration) as ms by @log | sort ms desc'
billed_most = tl.logs.query(config, text, start=start, end=end)["@log"].iloc[0]

# %%
tl.check.check("12.billed", billed_most, lines=lines)

# %% [markdown]
# `@duration` is the time of the handler. `@billedDuration` contains the initialization of a cold
# start, too (on AWS since August 2025), so a restart of one function can decide the order.
#
# ## Metrics
#
# A [metric](../docs/glossary.md#metric) is a series of numbers, with statistics per minute. AWS
# publishes some for each service. Ours come out of the log: a line in the [embedded metric
# format](../docs/glossary.md#embedded-metric-format) says which of its members are metrics, and
# CloudWatch counts them when it receives the line. No call, no waiting.

# %%
emf = [fields for fields in lines["fields"] if "_aws" in fields]
print(json.dumps(next(line for line in emf if "PaymentAmount" in line), indent=1))

# %% [markdown]
# The trace id is in the line, but it is not a dimension of the metric, and must not be: each value
# of a dimension makes, and costs, a metric of its own. So a metric never leads to a trace by
# itself. Time and service do.
#
# ### Predict: the same percentile?
#
# Lambda publishes `Duration` for each function, X-Ray has a segment of each run. If you divide the
# median of payment's segments by that of its metric, what will come out, roughly?

# %%
tl.check.predict("12.percentile", ratio=...)

# %%
payment = outputs.function_names["payment"]
of_payment = {"Namespace": "AWS/Lambda"}
of_payment["Dimensions"] = [{"Name": "FunctionName", "Value": payment}]
times = {"StartTime": start - timedelta(minutes=1), "EndTime": datetime.now(UTC), "Period": 60}
points = boto3.client("cloudwatch").get_metric_statistics(
    **of_payment, MetricName="Duration", ExtendedStatistics=["p50", "p95"], **times
)["Datapoints"]
rows = [{"minute": point["Timestamp"], **point["ExtendedStatistics"]} for point in points]
minutes = pd.DataFrame(rows, columns=["minute", "p50", "p95"]).sort_values("minute")
minutes.rename(columns={"p50": "p50_ms", "p95": "p95_ms"})

# %%
ran = spans[(spans["service"] == payment) & (spans["origin"] == "AWS::Lambda::Function")]
p50_ms = ran["duration_s"].median() * 1000
tl.check.compare("12.percentile", ratio=p50_ms / minutes["p50"].mean())

# %% [markdown]
# One row per minute, in milliseconds. (On AWS metrics arrive a minute or two late. No row yet? Run
# the cells again.) Both measure the run of the handler; the segment also has what Lambda does right
# before and after it, a millisecond or two. So the ratio is somewhat above 1, the more so the
# shorter the handler is. And the metric also counts the two orders that woke the function up. For
# the 95th percentile that matters more: among twenty values a single slow one decides it. And
# percentiles of minutes cannot be averaged into one of an hour; ask CloudWatch for the longer
# period instead.
#
# ## An alarm
#
# An [alarm](../docs/glossary.md#alarm) watches one metric: here, whether payment failed at all
# within a minute. (`tl.Config(enable_alarms=True)` gives the stack such alarms, and an SNS topic
# if you like. This one is yours alone; it costs \$0.10 a month, and we delete it below.)

# %%
cloudwatch, alarm = boto3.client("cloudwatch"), f"{payment}-lesson"
when = {"Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 0}
when |= {"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"}
cloudwatch.put_metric_alarm(AlarmName=alarm, MetricName="Errors", **of_payment, **when)
# !aws cloudwatch describe-alarms --alarm-names {alarm} --query "MetricAlarms[].StateValue"

# %%
log = tl.traffic.fire(outputs, orders=12, rate=5, seed=13)
for _ in range(150):
    state = cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]
    if state["StateValue"] == "ALARM":
        break
    time.sleep(2)
print(state["StateValue"], state["StateReason"], sep="\n")

# %% [markdown]
# It has gone off: in that minute at least one run failed. (On AWS that takes one to three minutes.
# Here it may have gone off as soon as it was made, because it looks at the minute that has just
# passed.) The alarm knows a metric, a threshold and a time, but no order.
#
# ## From the alarm to the traces
#
# So take the time and the service, and ask X-Ray for the traces in which that service failed.
# Summaries are enough, and cheap: they carry annotations and causes. An alarm comes some minutes
# after what it is about, so look back that far. (On AWS it takes seconds until a trace can be
# found: repeat the cell if its table is empty.)

# %%
where = f'service("{payment}") {{ error OR fault }}'
since = max(state["StateUpdatedTimestamp"] - timedelta(minutes=5), start)
items = tl.xray.fetch_summaries(config, start=since, end=datetime.now(UTC), filter_expression=where)
frame = tl.summaries.frame_from_summaries(items, annotations=["customer_id", "error"])
frame = frame.assign(start=frame["start"].dt.strftime("%H:%M:%S"))
tl.tables.in_milliseconds(frame[["start", "response_s", "customer_id", "error"]]).head()

# %% [markdown]
# Now you know whose orders they were and what went wrong; notebook 10 goes on from here.
#
# ### Your turn: which alarm stays silent?
#
# Cards are declined, and some of these alarms go off sooner or later. Which one never will?
#
# - `a`: the errors of the payment function are above 0
# - `b`: the API's 5XXError is above 0
# - `c`: payment's dead-letter queue, if the stack has one, is not empty
# - `d`: lines that match `{ $.level = "ERROR" }` in payment's log are above 0 (a metric filter)

# %%
silent = ...
# solution
silent = "b"

# %%
tl.check.check("12.silent", silent)

# %% [markdown]
# ## Clean up

# %%
cloudwatch.delete_alarms(AlarmNames=[alarm])
tl.faults.clear(config)

# %% [markdown]
# ## Recap
#
# - Write structured lines with the trace id; then a pattern finds them, and they lead to the trace.
# - Logs Insights computes over many groups, and costs by what it reads.
# - Metrics are cheap and count everything, but lead to no trace.
# - From an alarm, take time and service to the summaries, from there to the trace and its lines.
