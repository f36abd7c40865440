# %% [markdown]
# # Find where the time goes
#
# **What you'll do.** Measure a healthy shop, slow one service down, and find the culprit from
# traces alone.
#
# **What you'll learn.**
#
# - why percentiles, and how far to trust them
# - the difference between duration and self time
# - what cold starts cost, and who pays
# - how to compare before and after without fooling yourself
#
# **What you'll need.** Notebooks 00 to 04, and 25 minutes. On AWS this costs less than a cent.

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
# samples, is half a statement. `NaN`, should you see it, means that the sample is too small for a
# bound.

# %%
tl.plot.plot_latency(spans)
plt.show()

# %% [markdown]
# Each dot is one request; the bars are the intervals. Mind the scale: each step to the right is a
# multiple. The row of the API is what customers see, and it contains the time of `order`.
#
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

# %% [markdown]
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

# %% [markdown]
# ### Your turn: count the cold starts
#
# How many invocations in `cold_spans` started cold? The spans have a column for it.

# %%
cold = ...
# solution
cold = int(cold_spans["cold_start"].sum())

# %%
tl.check.check("07.cold_starts", cold, spans=cold_spans)

# %% [markdown]
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
tl.tables.in_milliseconds(pd.DataFrame(medians).T)

# %%
rise_ms = (medians["after"] - medians["before"]) * 1000
tl.check.compare("07.slower", answer_ms=rise_ms["response_s"], order_ms=rise_ms["duration_s"])

# %% [markdown]
# These are medians. `response` is the [root](../docs/glossary.md#root)'s duration, what customers
# wait for, and no answer waits for the payment: it should have changed little. `duration` is that
# of whole traces, and it should have grown by roughly the payment's delay, or by more: a slow
# function keeps its environments busy, so that more of them have to start, cold. (If your machine
# was busy with something else, `response` has changed, too.) A dashboard of API latencies would
# show a healthy system. Traces follow the order all the way.
#
# `compare` puts the two side by side. The bounds of the change come from
# [resampling](../docs/glossary.md#resampling): where they enclose zero, chance may explain the
# difference. Where they do not, something has changed, be it what else your machine had to do: look
# for the row that stands out.

# %%
change = tl.stats.compare(spans, after)
columns = ["p50_first_s", "p50_second_s", "p50_change_s", "p50_change_low_s", "p50_change_high_s"]
tl.tables.in_milliseconds(change[columns].rename(short))

# %% [markdown]
# ### Your turn: name the culprit
#
# Imagine that you had not broken it yourself. Which of the four functions (their names are in
# `outputs.function_names`) rose most in its median?

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
# - Report percentiles with the sample's size and an interval.
# - Durations overlap; self times add up.
# - Cold starts hide before the function's segment.
# - In an event-driven system the client's latency says little about the system's.
