# %% [markdown]
# # Fetch and query traces
#
# **What you'll do.** Pull summaries and traces out of X-Ray with nothing but boto3, then find the
# orders that matter among many with filter expressions.
#
# **What you'll learn.**
#
# - what a summary knows, what only a trace knows, and what each costs in calls
# - how to read all pages of a response, and how to fetch each trace only once
# - X-Ray's filter language, one construct at a time
# - what groups and partial traces are
#
# **What you'll need.** Notebooks 02 and 04, and 30 minutes. On AWS this costs less than a cent.

# %%
import json
import os
import secrets
import tempfile
import time
from datetime import UTC, datetime, timedelta

import boto3
import matplotlib.pyplot as plt
import pandas as pd

import tracing_lab as tl

# %%
bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))
os.environ.update(tl.aws.environment(config))
xray = boto3.client("xray")

# %% [markdown]
# `tl.aws.environment` has the variables by which plain boto3 and the `aws` command find the same
# AWS as `tl` does. The client in the last line is all you need to read traces.
#
# ## Something to look for
#
# Searching is more fun when something is hidden. So let one order in ten fail in `order`, and one
# payment in five in `payment`. (Notebook 10 is about faults; the end of this one removes them.)
# Also make a [group](../docs/glossary.md#group) now, which is explained below: on AWS it knows
# only traces that arrive after it was made.

# %%
tl.faults.inject(config, "order", error_rate=0.1, error_type="DatabaseDown")
tl.faults.inject(config, "payment", error_rate=0.2, error_type="CardDeclined")
names = outputs.function_names
declined_filter = f'service("{names["payment"]}") {{ error }}'
group = f"{config.stack_name[-23:]}-declined"  # others in this account have groups, too
if group not in {known["GroupName"] for known in xray.get_groups()["Groups"]}:
    xray.create_group(GroupName=group, FilterExpression=declined_filter)
tl.traffic.fire(outputs, orders=4, rate=2, seed=1)  # wakes the changed functions up
log = tl.traffic.fire(outputs, orders=112, rate=14, seed=5, progress=bar("orders"))
log["status"].value_counts()

# %% [markdown]
# 201 is an accepted order, 502 one that failed in front of the customer.
#
# ## Summaries: a line about each trace
#
# `GetTraceSummaries` returns, for a range of time, a [summary](../docs/glossary.md#trace-summary)
# of each [trace](../docs/glossary.md#trace) that began in it. One call does not return everything:
# if there is more, the response has a `NextToken`. Call again with it until there is none. AWS
# promises no size of pages (the embedded AWS puts 100 summaries on one), and a page may be short or
# empty, so only the token counts. (On AWS a trace can be searched some seconds after it arrived. If
# traces are missing below, wait and run the cells again.)

# %%
margin = timedelta(seconds=2)
start, end = log["sent"].min() - margin, datetime.now(UTC) + margin
items, more = [], {}
while more is not None:
    page = xray.get_trace_summaries(StartTime=start, EndTime=end, **more)
    items += page["TraceSummaries"]
    more = {"NextToken": page["NextToken"]} if "NextToken" in page else None
shown = ["Id", "ResponseTime", "Duration", "HasError", "HasFault", "IsPartial", "Http"]
len(items), {member: items[0][member] for member in shown}

# %% [markdown]
# boto3 sends times as whole seconds, and clocks differ: without the margin of two seconds the first
# and the last orders may be missing. With it, some earlier orders may be among them, so that there
# can be a few more summaries than the 112 orders of the log.
#
# - `ResponseTime` is how long the client waited; `Duration` lasts until the last segment ends, so
#   it includes the work that events started.
# - `HasError` and `HasFault` are about the *root*: did the API answer with 4xx, or 5xx?
# - `IsPartial` says that something is still in progress.
#
# `tl.xray.fetch_summaries` does this, and keeps those of your log. The frame has a row for each
# trace; annotations that you name become columns. Its times are in seconds; the table below shows
# milliseconds, as the picture does.

# %%
fetched = tl.xray.fetch_summaries(config, log, progress=bar("pages"))
summaries = tl.summaries.frame_from_summaries(fetched, annotations=["payment_amount"])
tl.plot.plot_histogram(summaries)
plt.show()
columns = ["response_s", "duration_s", "has_fault", "is_partial", "payment_amount"]
tl.tables.in_milliseconds(summaries[columns]).reset_index(drop=True).head()

# %% [markdown]
# Two calls (one for each page) for a picture of all orders: how fast, and how many failed. That
# makes summaries the cheap first look. Many orders take far longer in total than the client waits:
# events are at work. (`payment_amount` is missing, `NaN`, where an order never got to its payment.)
#
# ### Your turn: work after the answer
#
# For how many orders in `summaries` did work go on for more than half a second after the client
# had its answer?

# %%
after = ...
# solution
limit_s = 0.5
after = int((summaries["duration_s"] - summaries["response_s"] > limit_s).sum())

# %%
tl.check.check("05.after", after, summaries=summaries)

# %% [markdown]
# ## Traces: all documents of a few
#
# *Why* something was slow or failed is in the documents. `BatchGetTraces` returns them for up to
# five ids a call. An id that it cannot serve comes back in `UnprocessedTraceIds`, or not at all
# (AWS does not say which): compare what you get with what you asked for. In a terminal it is the
# same call; `--query` selects from the response, so that it stays readable.

# %%
slowest = summaries["duration_s"].nlargest(5).index.tolist()
answer = xray.batch_get_traces(TraceIds=slowest)
print([len(trace["Segments"]) for trace in answer["Traces"]], answer["UnprocessedTraceIds"])
# !aws xray batch-get-traces --trace-ids {slowest[0]} --query "Traces[].[Id,Duration]"

# %% [markdown]
# `tl.xray.fetch_traces` makes those calls, 23 for 112 traces, and repeats them until no trace
# changes any more. That is why it takes longer than summaries do.
#
# ## Fetch each trace once
#
# Tomorrow you look at the same hour again. Retrieving its traces again takes as long and costs as
# much as today, and in 30 days they are gone. So keep them, in a folder: a
# [lake](../docs/glossary.md#trace-lake). `fetch_into_lake` fetches what the lake lacks.

# %%
lake = tempfile.mkdtemp()  # in real life a folder that stays
print(tl.xray.fetch_into_lake(config, lake, log, progress=bar("traces")))
print(tl.xray.fetch_into_lake(config, lake, log))
spans = tl.spans.lake.load_spans(lake)

# %% [markdown]
# The second call retrieved nothing. It read the summaries, which have the `Revision` of each trace,
# and found the same ones in the lake. A trace that has changed since (after a minute Lambda tries
# failed events again) is fetched again, and counted as updated. What was fetched before an
# interruption stays, too: call again, and it goes on from there.
#
# ### Your turn: tomorrow's calls
#
# A lake has 1,000 traces of an hour. Now X-Ray has 1,230 traces of that hour, and 40 of the 1,000
# have changed. A page has 100 summaries. How many calls does it take, at least, until the lake has
# everything?

# %%
calls = ...
# solution
pages = 13  # 1230 / 100, rounded up
calls = pages + (1230 - 1000 + 40) // 5

# %%
tl.check.check("05.calls", calls)

# %% [markdown]
# ## Filter expressions
#
# A [filter expression](../docs/glossary.md#filter-expression) lets X-Ray choose. `count` returns
# how many of our traces match one. `tl.spans.select` understands the same language for spans that
# you have already; if you ask for what a span frame lacks, such as URLs, it says so.


# %%
def count(expression: str) -> int:
    """Return how many of our traces X-Ray finds."""
    return len(tl.xray.fetch_summaries(config, log, filter_expression=expression))


def count_offline(expression: str) -> int:
    """Return how many of the traces in `spans` match an expression."""
    return tl.spans.select(spans, expression).index.unique("trace_id").size


# %% [markdown]
# ### Predict: how many faults?
#
# One order in ten fails in `order`, and of the rest one in five in `payment`. How many of the 112
# traces will the expression `fault` find?

# %%
tl.check.predict("05.faults", traces=...)

# %%
keywords = ["ok", "fault", "error", "http.status = 502", 'http.url CONTAINS "orders"']
print(pd.Series({expression: count(expression) for expression in keywords}))
tl.check.compare("05.faults", traces=count("fault"))

# %% [markdown]
# A keyword by itself is about the [root](../docs/glossary.md#root): what the *client* got. The
# clients of declined payments got a 201 long before, so to `fault` their orders are fine.
#
# **Numbers and annotations.** `responsetime` and `duration` are in seconds. Of an
# [annotation](../docs/glossary.md#annotation) you can ask whether it is there, or compare its
# number or text. Expressions next to each other, or with `AND` between them, must all hold; there
# are `OR`, `!` and parentheses, too. (Should the columns differ, X-Ray has received something
# since the spans were fetched: after a minute Lambda tries failed events again.)

# %%
conditions = ["responsetime > 0.2", "ok duration > 1", "fault OR duration > 1"]
conditions += ["annotation.payment_amount", "!annotation.payment_amount"]
conditions += ["annotation.payment_amount > 500", 'annotation.processor = "beta-pay"']
both = {"X-Ray": map(count, conditions), "offline": map(count_offline, conditions)}
pd.DataFrame(both, index=conditions)

# %% [markdown]
# **Services and calls.** `service("name")` holds if the trace passed through that service,
# `edge("caller", "callee")` if the one called the other. Conditions in braces are about what the
# service did, or how the call went. (In Python's f-strings braces are written twice.)

# %%
payment = f'service("{names["payment"]}")'
places = [payment, "!" + payment, payment + " { fault }", payment + " { error }"]
places += [f'edge("{names["order"]}", "{callee}")' for callee in ("Events", names["payment"])]
both = {"X-Ray": map(count, places), "offline": map(count_offline, places)}
shorter = [text.replace(names["payment"], "payment") for text in places]
pd.DataFrame(both, index=[text.replace(names["order"], "order") for text in shorter])

# %% [markdown]
# Orders that failed in `order` never got to `payment`: that is the second line. A function that
# raises an exception shows as `error` rather than `fault`; API Gateway, which makes a 502 of it,
# shows `fault`. (AWS's documentation searches for failed functions with `error`; that they have
# no other flag is an assumption of the embedded AWS.) The last line is zero because events go
# through the node `Events`: no service calls another one directly.
#
# ### Your turn: the declined ones
#
# In how many orders did the payment fail although the client was told that all is well? Write an
# expression and count its traces.

# %%
declined = ...
# solution
declined = count(payment + " { error } AND ok")

# %%
tl.check.check("05.declined", declined, spans=spans)

# %% [markdown]
# ## Groups
#
# A group is a filter expression with a name. X-Ray keeps a service map for each, so here is the
# one of the declined orders only:

# %%
graph = xray.get_service_graph(StartTime=start, EndTime=datetime.now(UTC), GroupName=group)
tl.plot.plot_service_map(tl.graph.service_graph_from_document(graph))
plt.show()

# %% [markdown]
# For a healthy order `notification` runs twice, for the payment and for the stock. Here it runs
# about once per order, since a declined payment publishes nothing (until a later attempt succeeds).
# `payment` is the only node that is not green, and nothing of it reaches the client on the left.
#
# ## Partial traces
#
# Services report a [segment](../docs/glossary.md#segment) when it is finished, and may announce
# it before. Until then the trace is [partial](../docs/glossary.md#partial-trace). Be a service
# for once:

# %%
segment = {"name": "stock-take", "id": secrets.token_hex(8), "start_time": time.time()}
segment["trace_id"] = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
announced = json.dumps({**segment, "in_progress": True})
xray.put_trace_segments(TraceSegmentDocuments=[announced])
ours = {"start": start, "filter_expression": 'service("stock-take")'}
items = tl.xray.fetch_summaries(config, **ours, end=datetime.now(UTC))
tl.summaries.frame_from_summaries(items)[["is_partial", "revision"]]

# %%
finished = json.dumps({**segment, "end_time": time.time()})
xray.put_trace_segments(TraceSegmentDocuments=[finished])
items = tl.xray.fetch_summaries(config, **ours, end=datetime.now(UTC))
tl.summaries.frame_from_summaries(items)[["is_partial", "revision"]]

# %% [markdown]
# The same trace, a higher `revision`, and no longer partial. (On AWS it takes seconds until a
# trace can be searched: repeat the cell if its table is empty.) That a trace is not partial does
# not prove that it is complete, since nobody can know what was never announced. That is why
# `fetch_traces` waits until nothing has changed for a while.
#
# ## Put it right again

# %%
tl.faults.clear(config)
xray.delete_group(GroupName=group)["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# ## Recap
#
# - Summaries for the overview, traces for the reasons: a page of many against five a call.
# - A lake keeps what you have retrieved, and the next call fetches what is new.
# - Follow `NextToken`, whatever the size of the page.
# - Keywords alone are about the client; `service(...) { ... }` is about one service.
# - Partial means announced and unfinished; late segments can still come.
