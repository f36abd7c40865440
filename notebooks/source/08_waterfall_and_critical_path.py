# %% [markdown]
# # Find what an order waits for
#
# **What you'll do.** Read the waterfall of one order, find its critical path, work out what
# making a service faster could gain, and see what makes slow orders slow.
#
# **What you'll learn.**
#
# - how to read a waterfall: nesting, overlap, gaps
# - how many things happen at once, and what happens between two services
# - what a critical path is, and why the busiest service need not be on it
# - why slow orders may wait for something else than usual ones
# - what wrong clocks do to a trace
#
# **What you'll need.** Notebook 06, and 30 minutes. With the stack of notebook 01 you analyse
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
# with the median duration.

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
# answer. What lies to the right of it, the client cannot measure.
#
# ## How much happens at once
#
# Every start adds one running function, every end takes one away. Their running sum is the
# concurrency. The table has the functions' own segments, in the order of start:

# %%
runs = trace[trace["origin"] == "AWS::Lambda::Function"]
short = tl.plot.short_names(trace["service"])
table = pd.DataFrame({name: (runs[name] - begin) / ms for name in ("start", "end")})
starts, ends = (pd.Series(step, table[name]) for step, name in [(1, "start"), (-1, "end")])
pd.concat([starts, ends]).sort_index().cumsum().plot(drawstyle="steps-post", figsize=(9, 2.2))
plt.xlabel("time since the start of the trace (ms)")
plt.ylabel("functions running")
plt.locator_params(axis="y", integer=True)
plt.show()
table.add_suffix("_ms").round(1).set_index(runs["service"].map(short))

# %% [markdown]
# At first the order service runs alone. Where the line rises above one, an event fanned out to
# several consumers. Where it falls to zero, no code of ours ran: everything waited for an event
# to arrive.
#
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
# start if there is none. On AWS expect more of both.
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
in_flight_ms = (trace["end"].max() - begin) / ms - path_ms.sum()
tl.check.compare("08.path", longest=path_ms.idxmax(), in_flight_ms=in_flight_ms)
path_ms.sort_values(ascending=False).round(1).to_frame()

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
# look for a place to run it, whether or not anything waited for that. (A service that has just been
# changed, as by the end of notebook 07, starts cold, and is then far ahead here.)

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
# service took no time.
#
# Which orders are unlike the one above? Try this: click "duration (ms)" to have the slowest order
# on top, open it, and click its longest bar. The filter takes X-Ray's filter expressions, such as
# `duration > 0.5`.

# %%
tl.widgets.trace_explorer(orders.traces)

# %% [markdown]
# ## What slow orders wait for
#
# Customers complain about slow orders, and those need not wait for the same things as usual ones.
# Take 24 orders that were recorded while services were slowed down. How much longer did the slowest
# quarter take than a median order, and what for?

# %%
recorded = tl.spans.spans_from_traces(tl.samples.recorded().traces)
tl.plot.plot_attribution(recorded, q=0.75)
plt.show()
parts = tl.stats.tail_attribution(recorded, q=0.75).rename(tl.plot.short_names(recorded["service"]))
columns = ["mean_median_s", "mean_slow_s", "mean_excess_s"]
tl.tables.in_milliseconds(parts.loc["service", columns])

# %% [markdown]
# A median order waits longest for `payment`, a slow one for `inventory`: it took longer than the
# payment beside it, which then was not on the path. Whoever makes payment faster helps the median,
# and hardly anybody who complains.
#
# Each part is a mean over the slow orders, along their critical paths; therefore the parts add up
# to the whole ([expected shortfall](../docs/glossary.md#expected-shortfall)). Percentiles of parts
# would not.
#
# ### Your turn: more than the whole
#
# `inventory` alone makes up more than 100 % of the difference. How can that be?
#
# - `a`: it runs at the same time as `payment`, and the time of both is counted
# - `b`: slow orders spend less time on other things than a median order does
# - `c`: the percentages are of a median order's time, not of the difference
# - `d`: with so few slow orders, percentages are inaccurate

# %%
reason = ...
# solution
reason = "b"

# %%
tl.check.check("08.whole", reason)

# %% [markdown]
# ## What slow orders have in common
#
# A warehouse, a customer, a payment processor? `explain_slow` compares slow orders with the others
# for each value of each [annotation](../docs/glossary.md#annotation), and for each service, its
# failures and cold starts. The most suspicious come first:

# %%
common = tl.stats.explain_slow(recorded, slowest=0.25, measure="duration_s")
common[["attribute", "value", "slow_traces", "other_traces", "q", "significant"]].head(5)

# %% [markdown]
# Half of the slow orders came from one warehouse, but only five of the other eighteen. Would you
# have called there? `q` is a p-value, corrected for how many values were asked about. It is 1:
# so much is found by chance. Knowing that nothing is `significant` saves a phone call. What
# matters would stand on top, with a small `q`.
#
# ## When clocks are wrong
#
# Times come from the machines that did the work, and X-Ray shows them as they were sent. (AWS
# documents no correction; that there is none is an assumption.) So let payment's clock be slow:
# by as much as it takes to let payment begin with the trace. No single document shows that. But a
# child cannot start before its parent, and where two machines meet, it now seems to:

# %%
paying = trace["service"].map(short) == "payment"
paying |= trace["parent_id"].isin(trace.index[paying]) & (trace["kind"] == "inferred")
slow_by = trace.loc[paying, "start"].min() - begin
starts = trace["start"].where(~paying, trace["start"] - slow_by)
pairs = pd.DataFrame({"child": trace["service"].map(short)})
pairs["parent"] = trace["parent_id"].map(trace["service"]).map(short)
pairs["early_ms"] = (trace["parent_id"].map(starts) - starts) / ms
print(f"payment's clock is slow by {slow_by / ms:.1f} ms")
pairs[(pairs["early_ms"] > 1) & (pairs["child"] != pairs["parent"])].round(1)

# %% [markdown]
# One pair of spans gives it away: where the event leaves one clock and arrives at the other. On the
# way back, from payment to `notification`, the same error makes a gap look longer.
# So before you blame a queue for a long gap, look for a negative one. Up to a millisecond is
# rounding: Lambda's service segments have no finer times.
#
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
# - Ask of slow orders separately; a similarity that chance explains is no reason.
# - A child before its parent in another service means a wrong clock: correct that before you
#   read gaps.
