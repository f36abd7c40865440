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

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))
tl.traffic.fire(outputs, orders=2, rate=2)["status"]

# %% [markdown]
# ## Measure the healthy shop
#
# Two orders went ahead to wake the functions up. These eighty count:

# %%
log = tl.traffic.fire(outputs, orders=80, rate=20, seed=7, progress=bar("orders"))
spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
tl.stats.latency_summary(spans)[["count", "p50_s", "p95_s", "p95_low_s", "p95_high_s", "max_s"]]

# %% [markdown]
# One row per service. A mean would mix the many fast answers with the few slow ones; the median
# (`p50_s`) says what is usual and `p95_s` what one order in twenty has to bear.
#
# The columns `low` and `high` bound the true 95th percentile with 95 % confidence. With eighty
# orders the interval is wide, because only four of them lie above it. A percentile without an
# interval, or without its number of samples, is half a statement. `NaN` means that the sample is
# too small to say anything honest.

# %%
tl.plot.plot_latency(spans)
plt.show()

# %% [markdown]
# ### Your turn: the customer's 95th percentile
#
# What the customer waits for is the *root* span, the one without a parent. What is the 95th
# percentile of its duration, in seconds?

# %%
p95_s = ...
# solution
p95_s = spans.loc[spans["parent_id"].isna(), "duration_s"].quantile(0.95)

# %%
tl.check.check("07.p95", p95_s, spans=spans)

# %% [markdown]
# ## Duration is not work
#
# A span's duration contains the time it waited for others. Adding durations therefore counts the
# same second again for every caller above. *Self time* is what is left when the children's time
# is taken out, so it adds up.

# %%
tl.stats.self_time_summary(spans, by="node").head(8)

# %% [markdown]
# `AWS::Lambda` rows are Lambda's own share: finding an environment, and for events the time in
# the queue. `AWS::Lambda::Function` rows are what your code and its runtime did. `Events` is the
# time of the calls to EventBridge, as the callers saw it.

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
# Each service reads a setting called `FAULTS`. Here it makes one of them slower. Applying the
# changed config updates that one function and nothing else. (In real life, deployments do this
# for you.)

# %%
slow = {"latency": {"distribution": "lognormal", "median_ms": 100, "sigma": 0.4}}
broken = config.replace(faults={"payment": slow})
tl.deploy.plan(broken)

# %%
tl.deploy.apply(broken, progress=bar("apply"))
first = tl.traffic.fire(outputs, orders=2, rate=2, seed=6)

# %% [markdown]
# ## Cold starts
#
# A function runs in an *environment*. When none is free, Lambda starts one and loads your code
# into it before it can run: the `Initialization` subsegment. Environments are reused afterwards.
# So cold starts come with the first requests, when load rises, and after every change of code or
# settings, such as ours just now.

# %%
cold_spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, first, progress=bar("traces")))
tl.stats.cold_starts(cold_spans)

# %% [markdown]
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
# With the cold starts out of the way, the same orders once more: half of them, since a median
# needs fewer than a 95th percentile.

# %%
log_after = tl.traffic.fire(outputs, orders=40, rate=20, seed=7, progress=bar("orders"))
after = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log_after, progress=bar("traces")))

# %% [markdown]
# The customers notice nothing: their answer does not wait for the payment. But the orders as a
# whole take longer. `response_s` is the root's duration, `duration_s` that of the whole trace.

# %%
columns = ["response_s", "duration_s"]
print(tl.stats.end_to_end(spans)[columns].median() * 1000)
print(tl.stats.end_to_end(after)[columns].median() * 1000)

# %% [markdown]
# A dashboard of API latencies would show a healthy system. Traces follow the order all the way.
# The duration may have grown by more than the payment's delay: a slow function keeps its
# environments busy, so that more of them have to start, cold.
#
# `compare` puts the two side by side. The bounds of the change come from resampling: where they
# enclose zero, chance may explain the difference.

# %%
change = tl.stats.compare(spans, after)
change[["p50_first_s", "p50_second_s", "p50_change_low_s", "p50_change_high_s"]]

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
