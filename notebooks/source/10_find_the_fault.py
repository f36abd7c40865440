# %% [markdown]
# # Find the fault
#
# **What you'll do.** Break the shop in three ways, learn what each looks like in traces and logs,
# and then find a fault that somebody else has put in, and prove that it was the one.
#
# **What you'll learn.**
#
# - why one crash is an `error` of the function and a `fault` of its API
# - where exceptions stand in a trace, and how to get from a trace to its log lines
# - which failures customers never see, and what Lambda's retries look like
# - how to compare two windows of time, name the guilty service, and prove it
#
# **What you'll need.** Notebooks 02 and 07, and 30 minutes. On AWS this costs less than a cent.

# %%
import json
import os
from datetime import UTC, datetime, timedelta

import boto3
import matplotlib.pyplot as plt

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))

# %% [markdown]
# ## A window without faults
#
# To recognise what is wrong you need to know what is normal. So first a few orders to wake the
# functions up, and then twenty that count. Keep them: they are the *before* of the last section.

# %%
os.environ.update(tl.aws.environment(config))  # for boto3 and the aws command
tl.traffic.fire(outputs, orders=2, rate=1)
log = tl.traffic.fire(outputs, orders=20, rate=5, seed=10, progress=bar("orders"))
healthy = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
short = tl.plot.short_names(healthy["service"])
tl.stats.latency_summary(healthy).rename(short)[["count", "error_rate", "fault_rate"]]

# %% [markdown]
# ## A crash that the customer sees
#
# `tl.faults` breaks running services: it sets the variable `FAULTS` of a function, which the
# service reads when it starts. (Names and numbers are checked before anything is changed.) We
# shall make half of the orders crash the order service.
#
# ### Predict: error or fault?
#
# X-Ray knows two flags: [`error`](../docs/glossary.md#client-error-error-fault-throttle) for
# answers 4xx, `fault` for 5xx. Which one will the API's segment have when `order` crashes, and
# which one the function's? Write `"error"`, `"fault"` or `"ok"` in place of the dots.

# %%
tl.check.predict("10.crash", api=..., function=...)

# %%
print(tl.faults.inject(config, "order", error_rate=0.5, error_type="StockLookupFailed"))
log = tl.traffic.fire(outputs, orders=12, rate=4, seed=4, progress=bar("orders"))
traces = tl.xray.fetch_traces(config, log, progress=bar("traces"))
spans = tl.spans.spans_from_traces(traces)
log["status"].value_counts()

# %% [markdown]
# Some customers got a 502. X-Ray finds their traces by a
# [filter expression](../docs/glossary.md#filter-expression): below in plain boto3 (one page of
# results, enough for a dozen orders; X-Ray counts in whole seconds, hence the margin), and with
# `select`, which does the same with spans that you have already. The table is one of these traces.

# %%
since = log["sent"].min() - timedelta(seconds=2)
window = {"StartTime": since, "EndTime": datetime.now(UTC)}
page = boto3.client("xray").get_trace_summaries(**window, FilterExpression="fault")
print(len(page["TraceSummaries"]), "traces with a fault")
failed = tl.spans.select(spans, "fault")
crash = failed.loc[failed.index[0][0]]
table = crash.assign(name=crash["name"].astype(str).replace(short))[
    ["name", "origin", "http_status", "status"]
]
table.astype("string").fillna("")

# %%
status = crash.dropna(subset="origin").set_index("origin")["status"]
api, function = status["AWS::ApiGateway::Stage"], status["AWS::Lambda::Function"]
tl.check.compare("10.crash", api=api, function=function)

# %% [markdown]
# Read the table from the inside. The SDK marks the subsegment `process_order` as `fault`: an
# exception left it, so something broke in this code. Lambda marks its segments as `error`: it did
# its own work well (it even answered 200), but the function returned an error. API Gateway got no
# usable response and had to tell the client 502: `fault`.
#
# So the flag depends on whom you ask. To find broken functions, search for `error` *and* `fault`.
# (AWS documents the flags by status code, and `error` on failing functions was seen in published
# traces. The whole combination behind an API is an assumption of the embedded AWS.)
#
# ## From the trace to the exception
#
# A failed span names its `cause`. This is what Lambda wrote into the function's segment: type,
# message and stack (here only its functions; the document has paths and lines, too).

# %%
trace = next(trace for trace in traces if trace["Id"] == failed.index[0][0])
documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
cause = next(d["cause"] for d in documents if "cause" in d)
[{**e, "stack": [frame["label"] for frame in e["stack"]]} for e in cause["exceptions"]]

# %% [markdown]
# ## From the trace to the log
#
# What happened before an exception stands in the log. The services write the trace id into each of
# their lines, so the id is all that you need. `tl.logs` makes a frame of lines, here of those that
# report an error, and joins them to spans. `offset_ms` is the time since the trace began.

# %%
start, end = log["sent"].min(), datetime.now(UTC)
lines = tl.logs.fetch(config, start=start, end=end, pattern='{ $.level = "ERROR" }')
joined = tl.logs.lines_of_traces(lines, spans)
joined["offset_ms"] = (joined["offset_s"] * 1000).round(1)
joined.assign(error=joined["fields"].str["error"])[["service", "offset_ms", "message", "error"]]

# %% [markdown]
# ## A failure that customers do not see
#
# Repair `order`, and let `payment` decline four orders in ten.

# %%
tl.faults.clear(config)
print(tl.faults.inject(config, "payment", error_rate=0.4, error_type="CardDeclined"))
log = tl.traffic.fire(outputs, orders=12, rate=4, seed=5, progress=bar("orders"))
spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
log["status"].value_counts()

# %% [markdown]
# ### Your turn: what the customers did not see
#
# Every customer got a 201. In how many of these orders did something fail all the same? Each row
# of `spans` has a `status`, and its index begins with the trace's id.

# %%
unseen = ...
# solution
unseen = spans[spans["status"] != "ok"].index.unique("trace_id").size

# %%
tl.check.check("10.unseen", unseen, spans=spans)

# %% [markdown]
# The flags of a trace as a whole are those of its [root](../docs/glossary.md#root), so the filter
# `error OR fault` finds none of these orders. `service(...)` looks into the nodes:

# %%
payment = outputs.function_names["payment"]
for expression in ("error OR fault", f'service("{payment}") {{ error OR fault }}'):
    print(tl.spans.select(spans, expression).index.unique("trace_id").size, expression)
tl.plot.plot_service_map(tl.graph.service_graph_from_spans(spans))
plt.show()

# %% [markdown]
# On the map, the function's node shows its share of errors. Nothing on the way to it does.
#
# ## Retries
#
# Nobody waits for an event, so Lambda itself tries a failed one again: after one minute and, if
# that fails, after two more. Each try is an [attempt](../docs/glossary.md#attempt) in the trace.
# An order that failed for a passing reason is saved by that. A
# [poison message](../docs/glossary.md#poison-message) is not:

# %%
tl.faults.clear(config)
poison = tl.faults.send_poison(config)

# %%
traces = tl.xray.fetch_traces(config, poison.trace_id)
own = tl.spans.spans_from_traces(traces)
print("failed attempts so far:", (own["name"].str.startswith("Attempt") & own["error"]).sum())
print(tl.spans.exceptions_from_traces(traces)["message"].iloc[0])

# %% [markdown]
# Somebody has sent the amount as text. Payment is right to reject it, and will do so again. The
# *producer* is to blame, which has not failed at all; so the message says whom to correct.
#
# In four minutes, run the cell above once more: there will be three failed attempts. Until then,
# look at the trace of such an event from an earlier day. (Nobody waits for an answer here, so
# ignore the dashed line.)

# %%
earlier = tl.spans.spans_from_traces(tl.samples.retries())
attempts = earlier[earlier["name"].str.startswith("Attempt") & earlier["error"]]
tl.plot.plot_waterfall(earlier, earlier.index[0][0])
plt.show()
attempts[["name", "start", "status"]].reset_index(drop=True)

# %% [markdown]
# Payment's Lambda service accepted the event at once, and its segment ended; the attempts below it
# came later, each with a function segment of its own. After the last one the event is given up.
# (AWS documents a subsegment for each attempt, and about these waits. How the later ones look is an
# assumption.)
#
# ## Name the culprit
#
# Now something is broken and nobody tells you what: one service has become slow, or fails with
# half of its orders. The picture compares the healthy window with the bad one. First look at the
# columns of failures, then at the changes of the medians.

# %%
secret = tl.faults.inject_secret(config)
tl.traffic.fire(outputs, orders=2, rate=1)
log = tl.traffic.fire(outputs, orders=20, rate=5, seed=10, progress=bar("orders"))
strange = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
change = tl.stats.compare(healthy, strange)
tl.plot.plot_comparison(change)
plt.show()
secret

# %% [markdown]
# ### Your turn: name the culprit
#
# Which service is it? Failures first: a crash is also *fast*. Without failures, it is the function
# whose median rose most. The API's row contains its function's time, so it is no proof. `change`
# has the numbers, for example `failure_change` and `p50_change_s`.

# %%
guilty = ...
# solution
rows = change.loc[[*outputs.function_names.values()]]
is_failing = rows["failure_change"].gt(0).any()
guilty = rows["failure_change" if is_failing else "p50_change_s"].idxmax()

# %%
truth = secret.reveal().service
tl.check.check("10.guilty", guilty, truth=truth, before=healthy, after=strange)

# %% [markdown]
# ## Let a tool name it
#
# In a shop of four services that was easy. With forty, each of which waits for others, you want a
# tool that looks at what is a node's own: the time that it worked itself, the failures that began
# there, the events that got lost after it.

# %%
finding = tl.rca.find_root_cause(healthy, strange)
tl.plot.plot_root_cause(finding, tl.graph.service_graph_from_spans(strange))
plt.show()
finding

# %% [markdown]
# Do you agree? The path leads from the [root cause](../docs/glossary.md#root-cause) to where it is
# noticed: by customers, or by the service that comes late because of it. The probability is
# calibrated with recorded incidents of this shop: of the causes that it calls 80 % probable, about
# four in five are. And "no fault found" is an answer, too: of two healthy windows, or if the
# machine is so busy that twenty orders are too few.
#
# ### Your turn: what is a proof?
#
# The tool has compared two windows. What would show that the service which it names is the *cause*,
# rather than slow or failing for some other reason?
#
# - `a`: longer windows, in which the same difference has a smaller p-value
# - `b`: only this service is repaired, the same orders are sent, and the symptoms are gone
# - `c`: in the bad window, no other service works as long as this one
# - `d`: its trouble and that of the customers began in the same minute

# %%
proof = ...
# solution
proof = "b"

# %%
tl.check.check("10.proof", proof)

# %% [markdown]
# `verify_cause` makes the experiment. It sends a few orders, removes the fault, sends the same ones
# again, puts the fault back, and so on in turns, until it is sure whether the service's own trouble
# comes and goes with the fault. (What was it? `print(secret.reveal())` says so.)

# %%
path = finding.path or (f"{outputs.function_names[truth]} [AWS::Lambda::Function]",)
proven = tl.experiments.verify_cause(
    config, (truth, path), orders=96, rate=10, progress=bar("orders")
)
tl.faults.clear(config)
print(tl.deploy.plan(config))
proven

# %% [markdown]
# The first table has what is the service's own, with the fault and without it; the second what that
# changes at the end of the path. "Not proven" would mean that chance explains the difference: the
# fault is elsewhere, or the machine was too busy for so few orders. Why in turns? A machine that
# becomes busier meanwhile slows both. An experiment is easily repeated; that makes it better than
# an argument.
#
# ## Recap
#
# - A crashed function is an `error` to Lambda and a `fault` to the client of its API.
# - The trace has the exception; the trace id leads to the log lines around it.
# - Behind an event bus failures are invisible to customers, and retried: look into the nodes.
# - Compare with a healthy window: failures first, then medians with their bounds.
# - Two windows show what differs. The cause is what makes the symptoms go when it is taken away.
