# %% [markdown]
# # Send traffic and join it with its traces
#
# **What you'll do.** Put load on the shop the way real customers would, and connect what clients
# saw with what traces say.
#
# **What you'll learn.**
#
# - what a schedule is, and which shapes it can have
# - the difference between open-loop and closed-loop load
# - why closed-loop measurements look better than the truth (coordinated omission)
# - how to join a request log with traces
#
# **What you'll need.** Notebooks 00 and 02, and 20 minutes. On AWS this costs less than a cent.

# %%
import json
import os
import secrets
import time
from urllib.request import Request, urlopen

import boto3
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

# %%
import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))

# %% [markdown]
# ## One order by hand
#
# An order is an HTTP request, which any program can send. This one chooses its
# [trace id](../docs/glossary.md#trace-id) itself and sends it along in the
# [tracing header](../docs/glossary.md#tracing-header), so that it can ask for the trace afterwards.

# %%
root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
headers = {"Content-Type": "application/json", "X-Amzn-Trace-Id": f"Root={root};Sampled=1"}
body = json.dumps({"productId": "12345", "quantity": 1}).encode()
request = Request(outputs.api_test_url, data=body, headers=headers)
with urlopen(request) as response:
    print(response.status, json.load(response)["status"])

# %%
os.environ.update(tl.aws.environment(config))  # boto3 and `aws` reach the stack's AWS
time.sleep(3)  # the events need a moment; on AWS longer: then run this cell again
answer = boto3.client("xray").batch_get_traces(TraceIds=[root])
[len(trace["Segments"]) for trace in answer["Traces"]]

# %% [markdown]
# That is the number of documents in the trace so far. `tl.traffic.fire` does the same for many
# orders, on time, and keeps a log. This first one has also started the functions, so that they run
# when the real load comes: notebook 07 shows what a first order has to go through. (A new AWS
# account may run only ten functions at a time, and an order needs five: then some of the orders
# below get a 500, and events come late. `tracing-lab doctor` says so, and whom to ask for more.)

# %% [markdown]
# ## First decide when
#
# A [schedule](../docs/glossary.md#schedule) says when each order is sent. It is made before the
# first order goes out, from three numbers: how many, how fast, and a seed. So a load can be
# repeated exactly.

# %%
schedules = pd.DataFrame(
    {name: tl.traffic.schedule(name, orders=60, rate=20, seed=4) for name in tl.traffic.SCENARIOS}
)
schedules.plot(xlabel="order", ylabel="seconds after the start")
plt.show()

# %% [markdown]
# All of them send 60 orders in about three seconds, but they stress a system differently. `poisson`
# (named after the mathematician) is how independent customers come: at random, sometimes three at
# once. Where a line is flat, many orders come together.

# %% [markdown]
# ### Your turn: what rate is it really?
#
# Randomness has its price: 60 random arrivals are seldom exactly 20 per second. How many orders
# per second come between the first order of this schedule and the last?

# %%
schedule = tl.traffic.schedule("poisson", orders=60, rate=20, seed=4)
rate = ...
# solution
rate = (len(schedule) - 1) / (schedule[-1] - schedule[0])

# %%
tl.check.check("04.rate", rate, schedule=schedule)

# %% [markdown]
# ## Then send
#
# `fire` sends each order when its time has come, whether or not earlier ones have been answered.
# It also gives each request a trace id of its own and marks it as sampled, so that not one trace
# is missing. Left to the default rule, AWS would record the first request of each second and 5 % of
# the rest: [sampling](../docs/glossary.md#sampling) is the topic of notebook 11.

# %%
log = tl.traffic.fire(
    outputs, scenario="poisson", orders=60, rate=20, seed=4, progress=bar("orders")
)
begin, ms = log["scheduled"].min(), pd.Timedelta(milliseconds=1)
times = pd.DataFrame({name: (log[f"{name}"] - begin) / ms for name in ("scheduled", "sent")})
times = times.add_suffix("_ms").round(1)
times.join(tl.tables.in_milliseconds(log[["latency_s", "status", "trace_id"]])).head()

# %% [markdown]
# One row per order, in milliseconds since the start. The latency counts from when an order was
# *due*, so that no wait is left out. Before you trust a load test, ask whether the *sender* kept
# up. How late were the orders sent? And how did the requests end?

# %%
print(tl.traffic.send_lag(log))
log["status"].value_counts()

# %% [markdown]
# A few milliseconds of [send lag](../docs/glossary.md#send-lag) are nothing to worry about here.
# Had the sender been late by as much as the answers take, it would have measured itself. A status
# of 201 means that an order was accepted.

# %% [markdown]
# ## Why open-loop?
#
# `fire` is [open-loop](../docs/glossary.md#open-loop-closed-loop): it waits for nobody. The usual
# load script is a *closed* loop: send, wait for the answer, send the next. It has a flaw that is
# easiest to see on a system that stops for one second. Suppose that every 50 ms a customer comes,
# an answer takes 5 ms, and from second one to second two nothing is answered.

# %%
due = np.arange(60) * 0.05
frozen = due // 1 == 1  # in the second that follows the first
open_loop = np.where(frozen, 2 - due, 0.005)
closed_loop = np.append(np.full(40, 0.005), 1.0)

# %% [markdown]
# Open-loop, everyone who comes during the stop waits until its end. Closed-loop, *one* request
# waits, and the loop with it: the others are sent after the stop, or never.
#
# The 95th [percentile](../docs/glossary.md#percentile) is the time that 95 of 100 requests do not
# exceed. Predict before you look: how many milliseconds is it for each of the two?

# %%
tl.check.predict("04.loops", open_p95_ms=..., closed_p95_ms=...)

# %%
waits = {"open loop": pd.Series(open_loop), "closed loop": pd.Series(closed_loop)}
in_ms = pd.DataFrame({x: wait.quantile([0.5, 0.9, 0.95]) * 1000 for x, wait in waits.items()})
in_ms.round(1)

# %%
p95 = in_ms.loc[0.95]
tl.check.compare("04.loops", open_p95_ms=p95["open loop"], closed_p95_ms=p95["closed loop"])

# %% [markdown]
# Same system, same stop: one test reports a 95th percentile of 850 ms, the other of 5 ms. The
# sender adapted to the system and left out just the requests that would have waited. This is called
# [coordinated omission](../docs/glossary.md#coordinated-omission).

# %% [markdown]
# ### Your turn: how many were left out?
#
# How many more waits of over 120 ms are there in `open_loop` than in `closed_loop`?

# %%
hidden = ...
# solution
limit_s = 0.12
hidden = int((open_loop > limit_s).sum() - (closed_loop > limit_s).sum())

# %%
tl.check.check("04.hidden", hidden, open_loop=open_loop, closed_loop=closed_loop)

# %% [markdown]
# ## Join the log with the traces
#
# The log knows what clients saw; traces know what happened inside. The trace id joins the two.
# `end_to_end` makes one row per trace.

# %%
spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
inside = tl.stats.end_to_end(spans)[["response_s", "duration_s", "segments", "complete"]]
joined = log[["trace_id", "latency_s"]].join(inside, on="trace_id")
tl.tables.in_milliseconds(joined).head()

# %% [markdown]
# - `latency`: from when the order was due to the answer, measured by the client
# - `response`: the [root](../docs/glossary.md#root), from the API's receiving the request to its
#   answer
# - `duration`: from the trace's first moment to its last, with all that happened after the answer
# - `segments`: those that services sent; what X-Ray inferred is not counted
#
# The columns of `joined` itself are in seconds; the tables show milliseconds. The medians and the
# 95th percentiles:

# %%
times_s = joined[["latency_s", "response_s", "duration_s"]]
tl.tables.in_milliseconds(times_s.quantile([0.5, 0.95]))

# %% [markdown]
# The client waits a little longer than the API accounts for, and the order as a whole takes longer
# than either, since events are at work after the answer. Now the most important question about any
# set of traces: is it complete? An order without a trace would show as `NaN` here, and a trace with
# a part missing as `False`.

# %%
joined["complete"].value_counts(dropna=False)

# %% [markdown]
# ### Your turn: time outside
#
# Between the client and the API there is a network, and a client has work to do, too. For each
# order, take what the client waited beyond what the API accounts for. What is the median, in
# milliseconds?

# %%
outside_ms = ...
# solution
outside_ms = (joined["latency_s"] - joined["response_s"]).median() * 1000

# %%
tl.check.check("04.outside", outside_ms, log=log, spans=spans)

# %% [markdown]
# On one machine that is little. Across the internet it is often more than all the rest, and no
# server-side trace will ever show it.

# %% [markdown]
# ## Recap
#
# - Make the schedule first, then stick to it: load must not depend on the answers.
# - Closed-loop tests leave out the worst waits.
# - Check the sender, the statuses and the completeness before you look at latencies.
# - The trace id joins what clients saw with what happened inside.
