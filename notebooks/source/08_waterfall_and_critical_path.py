# %% [markdown]
# # Find what an order waits for
#
# **What you'll do.** Read the waterfall of one order, find its critical path, and work out what
# making a service faster could gain.
#
# **What you'll learn.**
#
# - how to read a waterfall: nesting, overlap, gaps
# - how many things happen at once, and what happens between two services
# - what a critical path is, and why the busiest service need not be on it
# - what wrong clocks do to a trace
#
# **What you'll need.** Notebook 06, and 25 minutes. With the stack of notebook 01 you analyse
# your own orders (on AWS less than a cent); without one, orders that come with the package.

# %%
import matplotlib.pyplot as plt
import networkx as nx
import pandas as pd

import tracing_lab as tl

config = tl.Config()
orders = tl.samples.orders(config, seed=8, progress=tl.progress.progress_bar("orders"))
spans = tl.spans.spans_from_traces(orders.traces)
orders

# %% [markdown]
# ## Choose an order
#
# Not the slowest, which may be an accident, nor the first, which may have started cold: the one
# in the middle of all durations.

# %%
durations = tl.stats.end_to_end(spans)["duration_s"].sort_values()
trace_id = durations.index[len(durations) // 2]
trace = spans.loc[trace_id]
begin, ms = trace["start"].min(), pd.Timedelta(milliseconds=1)
f"{len(trace)} spans in {(trace['end'].max() - begin) / ms:.1f} ms"

# %% [markdown]
# ### Predict: what does the order wait for?
#
# The order is done when the last notification is sent. Which service holds it up longest
# (EventBridge counts, as `Events`)? And for how many milliseconds is it with no service at all, as
# an event under way?

# %%
tl.check.predict("08.path", longest=..., in_flight_ms=...)

# %% [markdown]
# ## Read the waterfall
#
# A [waterfall](../docs/glossary.md#waterfall) has a row per [span](../docs/glossary.md#span) and
# time to the right. A span is indented below the one that caused it.

# %%
tl.plot.plot_waterfall(spans, trace_id)
plt.show()

# %% [markdown]
# Read it in three passes. *Nesting*: the dark bars are segments, the light ones below them parts
# of their work. *Overlap*: bars above each other ran at the same time, as those of `payment` and
# `inventory` usually do; neither waits for the other. *The dashed line*: there the client had its
# answer. What is right of it, the client cannot measure.
#
# The table has the services' own segments, with their shortened names, in the order of start:

# %%
runs = trace[trace["origin"] == "AWS::Lambda::Function"]
short = tl.plot.short_names(trace["service"])
table = pd.DataFrame({"service": runs["service"].map(short), "start_ms": runs["start"] - begin})
table["end_ms"] = runs["end"] - begin
table[["start_ms", "end_ms"]] = (table[["start_ms", "end_ms"]] / ms).round(1)
table

# %% [markdown]
# ## How much happens at once
#
# Every start adds one running function, every end takes one away. Their running sum is the
# concurrency.

# %%
starts, ends = (pd.Series(step, table[name]) for step, name in [(1, "start_ms"), (-1, "end_ms")])
pd.concat([starts, ends]).sort_index().cumsum().plot(drawstyle="steps-post", figsize=(9, 2.2))
plt.xlabel("time since the start of the trace (ms)")
plt.ylabel("functions running")
plt.locator_params(axis="y", integer=True)
plt.show()

# %% [markdown]
# At first the order service runs alone. Where the line rises above one, an event fanned out to
# several consumers. Where it falls to zero, no code of ours ran: everything waited for an event
# to arrive.

# %% [markdown]
# ### Your turn: on average
#
# How many functions were running during this trace *on average*? Take the time from the start of
# the trace to its end.

# %%
average = ...
# solution
average = runs["duration_s"].sum() / ((trace["end"].max() - begin).total_seconds())

# %%
tl.check.check("08.average", average, spans=spans, trace_id=trace_id)

# %% [markdown]
# ## Gaps: between two services
#
# An event needs time from its sender's call to EventBridge until the consumer's code runs. Nobody
# reports that directly, but its ends are known: the end of the call (`Events`), the moment when
# Lambda accepts the event, and the start of the function.

# %%
accepted = trace[trace["origin"] == "AWS::Lambda"]
sent = trace.loc[trace["origin"] == "AWS::Events", "end"].rename("sent")
hops = accepted.join(sent, on="parent_id", how="inner")
hops = hops.join(runs.set_index("parent_id")["start"].rename("ran"))
gaps = pd.DataFrame({"service": hops["service"].map(short)})
gaps["bus_ms"] = (hops["start"] - hops["sent"]) / ms
gaps["lambda_ms"] = (hops["ran"] - hops["start"]) / ms
gaps.round(1)

# %% [markdown]
# `bus_ms` is EventBridge's share, `lambda_ms` Lambda's: the
# [dwell time](../docs/glossary.md#dwell-time) in its queue, finding an environment, and a cold
# start if there is none. On AWS expect more of both than in an AWS on your machine.
#
# ## The critical path
#
# Go back from the end of the trace. What had to end before the last span could start? And before
# that? At each moment the walk is in exactly one span, or in none, while an event is under way.
# These spans are the [critical path](../docs/glossary.md#critical-path): the dark line in the
# waterfall.

# %%
tree = tl.graph.trace_tree_from_spans(spans, trace_id)
path = tl.graph.critical_path(tree)
path_ms = path.groupby(path["service"].map(short))["duration_s"].sum().rename("path_ms") * 1000
path_ms.sort_values(ascending=False).round(1).to_frame()

# %%
in_flight_ms = (trace["end"].max() - begin) / ms - path_ms.sum()
tl.check.compare("08.path", longest=path_ms.idxmax(), in_flight_ms=in_flight_ms)

# %% [markdown]
# As long as `payment` and `inventory` run side by side, the path goes through one of them only:
# the last notification waits for the slower.
#
# ## What could be gained
#
# Suppose that the slower of the two took no time at all. The order would be done sooner: by that
# service's time on the path at most, and only until the other branch decides. How much sooner the
# other branch is done is its [slack](../docs/glossary.md#slack).
#
# `after` has everything that the slower branch caused, `others` what would stay as it is.

# %%
slower = path_ms.reindex(["payment", "inventory"], fill_value=0).idxmax()
first = trace.index[(trace["service"].map(short) == slower) & (trace["origin"] == "AWS::Lambda")][0]
after = {first, *nx.descendants(tree, first)}
others = trace.drop(after)
f"{slower}: {path_ms[slower]:.1f} ms on the path, {len(after)} spans depend on it"

# %% [markdown]
# ### Your turn: at most
#
# By how many milliseconds would this order be done sooner, at most, if `slower` took no time?

# %%
gain_ms = ...
# solution
gain_ms = min(path_ms[slower], (trace["end"].max() - others["end"].max()) / ms)

# %%
tl.check.check("08.gain", gain_ms, spans=spans, trace_id=trace_id)

# %% [markdown]
# ## One order is an anecdote
#
# `path_times` has the time on the critical path for each span of all traces. Beside it the
# [self time](../docs/glossary.md#self-time): how long each service was busy itself, or had Lambda
# look for a place to run it, whether or not anything waited for that. (A service that was changed a
# moment ago, as by the end of notebook 07, had a cold start for its first orders. Then it is far
# ahead here.)

# %%
times = spans.assign(path_s=tl.stats.path_times(spans))
times["service"] = times["service"].map(tl.plot.short_names(times["service"]))
per_order = times.groupby("service")[["self_s", "path_s"]].sum() * 1000 / len(durations)
per_order = per_order.set_axis(["self_ms", "path_ms"], axis=1).sort_values("path_ms")
per_order.plot.barh(figsize=(9, 3))
plt.xlabel("per order (ms)")
plt.show()
per_order[::-1].round(1)

# %% [markdown]
# Where the two bars are far apart, a service is busy with what few orders wait for: making that
# cheaper saves money, not time. `path_ms` is the most that orders could gain, on average, if the
# service took no time; they gain less where another branch takes over, as above.
#
# Which orders are unlike the one above? Try this: click "duration (ms)" to have the slowest order
# on top, open it, and click its longest bar. The filter takes X-Ray's filter expressions, such as
# `duration > 0.5`.

# %%
tl.widgets.trace_explorer(orders.traces)

# %% [markdown]
# ## When clocks are wrong
#
# Times come from the machines that did the work, and X-Ray shows them as they were sent. (AWS
# documents no correction; that there is none is an assumption.) So let payment's clock be slow:
# by as much as it takes to let payment begin with the trace.

# %%
paying = trace["service"].map(short) == "payment"
paying |= trace["parent_id"].isin(trace.index[paying]) & (trace["kind"] == "inferred")
slow_by = trace.loc[paying, "start"].min() - begin
skewed = trace.copy()
skewed.loc[paying, ["start", "end"]] -= slow_by
f"payment's clock is slow by {slow_by / ms:.1f} ms"

# %% [markdown]
# No single document shows it. But a child that starts before its parent is impossible, and where
# two machines meet that is what you see:

# %%
pairs = pd.DataFrame({"child": skewed["service"].map(short)})
pairs["parent"] = skewed["parent_id"].map(skewed["service"]).map(short)
pairs["early_ms"] = (skewed["parent_id"].map(skewed["start"]) - skewed["start"]) / ms
pairs[(pairs["early_ms"] > 1) & (pairs["child"] != pairs["parent"])].round(1)

# %% [markdown]
# One pair of spans gives it away: the place where the event leaves one clock and arrives at the
# other. On the way back, from payment to `notification`, the same error makes a gap look longer.
# So before you blame a queue for a long gap, look for a negative one. Up to a millisecond is
# rounding: Lambda's service segments have no finer times.

# %% [markdown]
# ### Your turn: how long was it really?
#
# Two machines, the second of which has a slow clock. The first sends an event at 100 ms, which
# the second receives at 70 ms by its own clock. It answers with an event at 170 ms, which the
# first receives at 240 ms. Both events were under way for the same time. How long was each, in
# milliseconds?

# %%
under_way_ms = ...
# solution
under_way_ms = ((70 - 100) + (240 - 170)) / 2

# %%
tl.check.check("08.skew", under_way_ms)

# %% [markdown]
# ## Recap
#
# - A waterfall shows nesting, overlap and gaps; durations alone show none of them.
# - The critical path is what the end of a trace waited for; the rest has slack.
# - A faster step gains its time on the path at most, and no more than the slack beside it.
# - Rank services by what orders wait for, not by how busy they are.
# - A child before its parent in another service means a wrong clock: correct that before you
#   read gaps.
