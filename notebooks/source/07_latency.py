# %% [markdown]
# # Find where the time goes
#
# **What you'll do.** Measure a healthy shop, slow one service down, and find the culprit from
# traces alone.
#
# **What you'll learn.**
#
# - why percentiles, how far to trust them, and when nobody knows them
# - the difference between duration and self time
# - what cold starts cost, and who pays
# - how to compare before and after without fooling yourself
#
# **What you'll need.** Notebooks 00 to 04, and 30 minutes. On AWS this costs less than a cent.

# %%
import matplotlib.pyplot as plt
import pandas as pd

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))
warm_up = tl.traffic.fire(outputs, orders=20, rate=10, seed=6)

# %% [markdown]
# ## Measure the healthy shop
#
# Twenty orders went ahead, so that enough of each function is running. The next cell waits until
# they are done, and then sends the eighty that count:

# %%
tl.xray.fetch_traces(config, warm_up)
log = tl.traffic.fire(outputs, orders=80, rate=10, seed=7, progress=bar("orders"))
spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
short = tl.plot.short_names(spans["service"])
summary = tl.stats.latency_summary(spans).rename(short)
columns = ["count", "p50_s", "p95_s", "p95_low_s", "p95_high_s", "max_s"]
tl.tables.in_milliseconds(summary[columns])

# %% [markdown]
# One row per service, in milliseconds. A mean would mix the many fast answers with the few slow
# ones. [Percentiles](../docs/glossary.md#percentile) keep them apart: the median (`p50`) says what
# is usual, and `p95` what one order in twenty exceeds.
#
# The columns `low` and `high` bound the true 95th percentile with 95 %
# [confidence](../docs/glossary.md#confidence-interval). With eighty orders the interval is wide,
# because only four of them lie above it. A percentile without an interval, or without its number of
# samples, is half a statement.

# %%
tl.plot.plot_latency(spans)
plt.show()

# %% [markdown]
# Each dot is one request; the bars are the intervals. Mind the scale: each step to the right is a
# multiple. The row of the API is what customers see, and it contains the time of `order`.
#
# The last column has no times. One order in a hundred exceeds the 99th percentile, so among eighty
# there may well be none. Then even the slowest of them lies below it, and nothing tells by how
# much. Only with 368 requests is it certain enough (97.5 %) that the slowest lies above it. A
# dashboard that shows the p99 of every minute draws a line all the same.
#
# ### Your turn: when is it known?
#
# A shop gets 20 orders a minute. How many minutes' orders does it take until their 99th percentile
# is bounded from both sides, with 95 % confidence? `tl.stats.needed_count` counts orders.

# %%
minutes = ...
# solution
minutes = tl.stats.needed_count(0.99) / 20

# %%
tl.check.check("07.known", minutes)

# %% [markdown]
# ### Your turn: the customer's 95th percentile
#
# What the customer waits for is the [root](../docs/glossary.md#root) span, the one without a
# parent. What is the 95th percentile of its duration, in seconds, as they
# are in `spans`?

# %%
p95_s = ...
# solution
p95_s = spans.loc[spans["parent_id"].isna(), "duration_s"].quantile(0.95)

# %%
tl.check.check("07.p95", p95_s, spans=spans)

# %% [markdown]
# ## Duration is not work
#
# A span's duration contains the time in which it waited for others. Adding durations therefore
# counts the same second again for every caller above. [Self time](../docs/glossary.md#self-time) is
# what is left when the children's time is taken out, so it adds up.

# %%
own_time = tl.stats.self_time_summary(spans, by="node").rename(short)
tl.tables.in_milliseconds(own_time.assign(share=own_time["share"].round(3))).head(8)

# %% [markdown]
# `share` is the part of all self time. `AWS::Lambda` rows are Lambda's own share: finding an
# environment, and for events the time in the queue. `AWS::Lambda::Function` rows are what your code
# and its runtime did. `Events` is the time of the calls to EventBridge, as the callers saw it.
#
# ### Your turn: who works most?
#
# Which service's *function* (`AWS::Lambda::Function`) has the largest total self time? Give its
# name.

# %%
busiest = ...
# solution
own = tl.stats.self_time_summary(spans, by="node")
busiest = own.xs("AWS::Lambda::Function", level="origin")["self_s"].idxmax()

# %%
tl.check.check("07.busiest", busiest, spans=spans)

# %% [markdown]
# ## Break something
#
# Each service reads a setting called `FAULTS`. Here it makes one of them slower, by about 100 ms:
# the delays are [lognormal](../docs/glossary.md#lognormal), as response times often are. Applying
# the changed config updates that one function and nothing else. (In real life, a deployment does
# that to you without saying so.)

# %%
slow = {"latency": {"distribution": "lognormal", "median_ms": 100, "sigma": 0.4}}
broken = config.replace(faults={"payment": slow})
tl.deploy.plan(broken)

# %% [markdown]
# ### Predict: who will notice?
#
# By how many milliseconds will the median answer to a customer rise, and by how many the median
# time until a whole order is done? Put numbers in place of the dots.

# %%
tl.check.predict("07.slower", answer_ms=..., order_ms=...)

# %%
tl.deploy.apply(broken, progress=bar("apply"))
first = tl.traffic.fire(outputs, orders=20, rate=10, seed=6)

# %% [markdown]
# ## Cold starts
#
# A function runs in an [environment](../docs/glossary.md#execution-environment), which serves one
# request at a time. When none is free, Lambda starts one and loads your code into it before it can
# run: the `Initialization` subsegment. That is a [cold start](../docs/glossary.md#cold-start).
# Environments are reused afterwards. So cold starts come with the first requests, when load rises,
# and after every change of code or settings, such as ours just now.

# %%
cold_spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, first, progress=bar("traces")))
starts = tl.stats.cold_starts(cold_spans).rename(short)
shown = starts[["invocations", "cold", "init_p50_s", "cold_p50_s", "warm_p50_s"]]
tl.tables.in_milliseconds(shown).astype("string").fillna("")

# %% [markdown]
# `init` is what starting took, `cold` and `warm` how long the functions ran after that, or without
# it (medians in milliseconds; empty where there were none). `payment` was changed, so it had to
# start; the others start only where one more environment was needed.
#
# The initialization lies *before* the function's own segment, so a function's duration does not
# show it. Whether a customer feels it depends on who starts cold: everybody waits for `order`,
# but nobody for `payment`.
#
# ## Before and after
#
# With most cold starts out of the way, the same orders once more: half of them, since a median
# needs fewer than a 95th percentile.

# %%
log_after = tl.traffic.fire(outputs, orders=40, rate=10, seed=7, progress=bar("orders"))
after = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log_after, progress=bar("traces")))
columns = ["response_s", "duration_s"]
windows = {"before": spans, "after": after}
medians = {name: tl.stats.end_to_end(frame)[columns].median() for name, frame in windows.items()}
rise_ms = (medians["after"] - medians["before"]) * 1000
tl.check.compare("07.slower", answer_ms=rise_ms["response_s"], order_ms=rise_ms["duration_s"])
tl.tables.in_milliseconds(pd.DataFrame(medians).T)

# %% [markdown]
# These are medians. `response` is the [root](../docs/glossary.md#root)'s duration, what customers
# wait for, and no answer waits for the payment: it should have changed little. `duration` is that
# of whole traces, and it should have grown by roughly the payment's delay, or by more: a slow
# function keeps its environments busy, so that more of them have to start, cold. (If your machine
# was busy with something else, `response` has changed, too.) A dashboard of API latencies would
# show a healthy system. Traces follow the order all the way.
#
# ## First compare what is the same
#
# No two windows agree exactly. How large are the differences if nothing has changed? Compare the
# healthy orders with themselves: every second one with the others. Whatever differs is chance.

# %%
ids = spans.index.unique("trace_id")
control = tl.stats.compare(spans.loc[ids[::2]], spans.loc[ids[1::2]], by="operation")
apart = (control["p50_change_low_s"] > 0) | (control["p50_change_high_s"] < 0)
largest_ms = control["p50_change_s"].abs().max() * 1000
print(f"{len(control)} operations; the largest change of a median: {largest_ms:.1f} ms")
print(f"{apart.sum()} with an interval without zero, {control['significant'].sum()} significant")

# %% [markdown]
# Each change has an interval (from [resampling](../docs/glossary.md#resampling)), which misses the
# truth about once in twenty times. So with dozens of rows, some will look changed sooner or later,
# and whoever looks for the most changed one finds it every day. `significant` takes the number of
# rows into account (by a procedure of Benjamini and Hochberg): of a hundred such controls, at most
# five or so show a significant row at all.
#
# ### Your turn: false alarms
#
# A table has 20 rows, none of which has changed. Each is tested by itself, with a false alarm in
# 5 % of all cases. How probable is at least one false alarm? (Take the rows as independent.)

# %%
probability = ...
# solution
probability = 1 - 0.95**20

# %%
tl.check.check("07.alarms", probability)

# %% [markdown]
# Now what did change. A circle is the change of the median, a diamond the same without the time
# spent waiting for requests to others.

# %%
change = tl.stats.compare(spans, after)
tl.plot.plot_comparison(change)
plt.show()

# %% [markdown]
# What is in colour can hardly be chance. It need not be the fault, though: a small change of many
# rows means that the machine had other things to do. One row stands out.
#
# ### Your turn: name the culprit
#
# Imagine that you had not broken it yourself. Which of the four functions (their names are in
# `outputs.function_names`) rose most in its median (`p50_change_s` of `change`)?

# %%
culprit = ...
# solution
functions = list(outputs.function_names.values())
culprit = change.loc[functions, "p50_change_s"].idxmax()

# %%
tl.check.check("07.culprit", culprit, before=spans, after=after)

# %% [markdown]
# ## Put it right again

# %%
tl.deploy.apply(config, progress=bar("apply"))
tl.deploy.plan(config)

# %% [markdown]
# ## Recap
#
# - Report percentiles with the sample's size and an interval; from too few requests, report none.
# - Durations overlap; self times add up.
# - Cold starts hide before the function's segment.
# - Compare like with like first, and correct for the number of rows; then compare what changed.
# - In an event-driven system the client's latency says little about the system's.
