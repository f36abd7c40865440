# %% [markdown]
# # Sample traces and estimate the rest
#
# **What you'll do.** Let rules choose which orders are recorded, see what they left out, and
# estimate the whole from the part.
#
# **What you'll learn.**
#
# - who decides whether a request is recorded, and when
# - what a rule's reservoir and rate do, measured on your own orders
# - how to estimate failures and latencies from a sample, and how wrong that may be
# - what a sample hides: rare faults, and busy hours behind quiet ones
#
# **What you'll need.** Notebooks 02 and 05, and 30 minutes. The stack is created if it is missing.
# On AWS this costs less than a cent, and some waiting: changed rules take minutes to arrive there.

# %%
import os

import boto3
import matplotlib.pyplot as plt
import pandas as pd

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))
os.environ.update(tl.aws.environment(config))

# %% [markdown]
# ## Who decides
#
# X-Ray charges for each trace that is recorded, and shops have more orders than anyone will look
# at. So most of them are not recorded: that is [sampling](../docs/glossary.md#sampling).
#
# The decision is made once, where a request enters, and travels with it as `Sampled=0` or
# `Sampled=1` in the [tracing header](../docs/glossary.md#tracing-header). Everybody downstream
# obeys, so that a trace is recorded whole or not at all. So far nothing was sampled here, because
# `fire` decided itself: it sends `Sampled=1`. Most clients send no decision. Then the first
# service that traces, here the API, goes by the account's
# [rules](../docs/glossary.md#rule-sampling):

# %%
xray = boto3.client("xray")
records = xray.get_sampling_rules()["SamplingRuleRecords"]
rules = pd.DataFrame([record["SamplingRule"] for record in records])
rules[["RuleName", "Priority", "ReservoirSize", "FixedRate", "ServiceName", "URLPath"]]

# %% [markdown]
# Every account has the rule `Default`. Its [reservoir](../docs/glossary.md#reservoir) of 1 records
# the first request of each second; its fixed rate records 5 % of the others, drawn at random. The
# other columns are conditions, and `*` matches everything.
#
# ## A rule for this shop
#
# Of all rules that match a request, the one with the lowest priority number decides; `Default` has
# 10,000 and comes last. Two variables of the config make a rule for this stack's API alone.

# %%
ruled = config.replace(x_ray_sampling_rate=0.1, x_ray_sampling_reservoir=1)
tl.deploy.plan(ruled)

# %%
tl.deploy.apply(ruled, progress=bar("apply"))
tl.faults.inject(config, "order", error_rate=0.2, error_type="DatabaseDown")
tl.traffic.fire(outputs, orders=4, rate=2, sampled=False)["status"]

# %% [markdown]
# To have something to look for, one order in five fails now. The four orders only woke the changed
# function up: with `sampled=False` they leave no trace, whatever the rules say.
#
# On a real account wait five minutes before you go on. X-Ray's SDKs fetch rules every five
# minutes; how often API Gateway does is not documented.
#
# ### Predict: how many traces?
#
# Next come 240 orders, 20 a second for 12 seconds, without a decision. How many will be recorded?

# %%
tl.check.predict("11.recorded", traces=...)

# %%
log = tl.traffic.fire(outputs, orders=240, rate=20, seed=11, sampled=None, progress=bar("orders"))
chosen = log[log["sampled"]]
traces = tl.xray.fetch_traces(config, chosen, progress=bar("traces"))
tl.check.compare("11.recorded", traces=len(traces))

# %% [markdown]
# The log knows the decision, because API Gateway returns it in the header of its response. That
# became the column `sampled`. Here is the decision over time:

# %%
second = (log["sent"] - log["sent"].min().floor("s")).dt.total_seconds()
figure, axes = plt.subplots(figsize=(9, 2.8), layout="constrained")
for label, part in log.groupby(log["sampled"].map({True: "recorded", False: "left out"})):
    style = {"s": 40, "color": "C0"} if label == "recorded" else {"s": 10, "color": "0.75"}
    axes.scatter(second[part.index], part["latency_s"] * 1000, label=label, **style)
axes.set(xlabel="second", ylabel="response time (ms)", yscale="log", xticks=range(14))
axes.grid(axis="x")
axes.legend(loc="upper right")
plt.show()

# %% [markdown]
# The lines are the beginnings of seconds. The first order after each line is the reservoir's (on a
# real account perhaps a later one, since its clocks are not yours). The other dots are the rate's:
# at random, and sometimes none for a while.
#
# ### Your turn: what did the rate choose?
#
# Leave out the first order of each second (`log["sent"].dt.floor("s")` is the second). Which share
# of the *other* orders was recorded?

# %%
share = ...
# solution
others = log[log["sent"].dt.floor("s").duplicated()]
share = others["sampled"].mean()

# %%
tl.check.check("11.rest", share, log=log)

# %% [markdown]
# The rule's 0.1 is a probability. With some two hundred orders the share may well be 0.07 or 0.14.
#
# ## What is left out is gone

# %%
left_out = log.loc[~log["sampled"], "trace_id"].iloc[0]
# !aws xray batch-get-traces --trace-ids {left_out} --query Traces

# %% [markdown]
# Nothing, and no way to get it later. The decision was made before anyone could know how the order
# would end, so it cannot prefer the failed ones. (X-Ray's newer *adaptive sampling* raises a rule's
# rate for a short time after errors; it takes an OpenTelemetry SDK and the CloudWatch agent, which
# are not used here.) Metrics and logs are not sampled: they count every order.
#
# ## Estimate failures
#
# Pretend that clients keep no log. What do the traces say about failures?

# %%
items = tl.xray.fetch_summaries(config, chosen)
recorded = tl.summaries.frame_from_summaries(items)
rates = tl.stats.error_rates(recorded)[["count", "fault_rate", "failure_low", "failure_high"]]
rates.assign(all_orders=log["status"].ge(500).mean()).reset_index(drop=True).round(3)

# %% [markdown]
# `fault_rate` is the estimate, `all_orders` the share that clients saw. `failure_low` and
# `failure_high` are a [confidence interval](../docs/glossary.md#confidence-interval), which
# encloses the true share in about 95 of 100 repetitions; see whether yours is one of them. It is
# wide: few orders were recorded, and fewer of those failed. Four times as many traces would halve
# it.
#
# ### Your turn: how many orders failed?
#
# Estimate from `recorded` (its column `has_fault`) how many of *all* orders in `log` failed. From
# the log use nothing but its length.

# %%
failed = ...
# solution
failed = recorded["has_fault"].mean() * len(log)

# %%
tl.check.check("11.failed", failed, recorded=recorded, log=log)

# %% [markdown]
# ## Estimate latencies
#
# Percentiles need no scaling, but they need traces. Compare what all clients saw with what the
# sample says, in milliseconds:

# %%
rows = {}
for q in (0.5, 0.95):
    low, high = tl.stats.percentile_interval(recorded["response_s"] * 1000, q)
    estimate = tl.stats.or_unknown(f"{recorded['response_s'].quantile(q) * 1000:.1f}", high, q)
    rows[f"p{q * 100:.0f}"] = [log["latency_s"].quantile(q) * 1000, estimate, low, high]
pd.DataFrame.from_dict(rows, orient="index", columns=["all", "sample", "low", "high"]).round(1)

# %% [markdown]
# `all` was measured by the clients and includes the way to the API, so it is a little larger to
# begin with. The 95th percentile needs 72 traces to have an upper bound; with fewer, nobody knows
# it, however exact a number looks. The median needs only six.
#
# ## What a sample hides: rare faults
#
# A fault that hits `n` orders leaves no trace at all with probability `(1 - rate) ** n`, reservoir
# aside. At 5 %, that is 36 % for 20 orders, and still 5 % for 60.
#
# ### Your turn: how long until one is seen?
#
# A shop gets 10 orders a second, evenly, under the rule `Default`. One order in 1,000 fails. How
# many *minutes* pass on average until a failed one is recorded?

# %%
minutes = ...
# solution
recorded_per_s = 1 + 0.05 * (10 - 1)
minutes = 1 / (recorded_per_s * 0.001) / 60

# %%
tl.check.check("11.wait", minutes)

# %% [markdown]
# ## What a sample hides: the busy hour
#
# With a reservoir, not every order has the same chance. In a quiet hour nearly all are recorded,
# in a busy one few. So quiet hours weigh too much in what you count: the sample is
# [biased](../docs/glossary.md#bias). Take
# a day that consists of a quiet hour and a rush in which something broke:

# %%
hours = pd.DataFrame({"requests": [3_600, 180_000], "failed": [0, 9_000]}, index=["quiet", "rush"])
hours["recorded"] = 3_600 + 0.05 * (hours["requests"] - 3_600)
hours["failed_recorded"] = hours["failed"] * hours["recorded"] / hours["requests"]
hours = hours.drop(columns="failed").astype(int)
hours

# %% [markdown]
# ### Your turn: weigh
#
# Counting traces says that `621 / 16020`, less than 4 %, failed. Estimate the share of *all
# requests* that failed, from this table: `requests` is a metric, so it counts everything.

# %%
fair = ...
# solution
estimated = hours["failed_recorded"] / hours["recorded"] * hours["requests"]
fair = estimated.sum() / hours["requests"].sum()

# %%
tl.check.check("11.weighted", fair, hours=hours)

# %% [markdown]
# ## Let the rules count
#
# Where do you get `requests` from, if not from a metric? The rules themselves count: for every ten
# seconds, X-Ray says how many requests came to each rule and how many it recorded. So each trace of
# the first part of this notebook can have the weight of the requests that it stands for:

# %%
records = xray.get_sampling_rules()["SamplingRuleRecords"]
ours = next(
    r["SamplingRule"] for r in records if outputs.api_id in r["SamplingRule"]["ResourceARN"]
)
pages = xray.get_paginator("get_sampling_statistic_summaries").paginate()
statistics = [row for page in pages for row in page["SamplingStatisticSummaries"]]
weights = tl.stats.sampling_weights(recorded, statistics, rule=ours["RuleName"])
weighted = tl.stats.weighted_summary(recorded, weights)
columns = ["count", "requests", "failure_rate", "failure_low", "failure_high"]
weighted[columns].reset_index(drop=True).round(3)

# %% [markdown]
# `requests` is how many orders the `count` traces stand for. Compare it with the 240 that were
# sent: nobody told X-Ray, its rules have counted. The load was even, so the rates are nearly those
# from above. After a rush they would not be. (On a real account the statistics arrive late.)
#
# ## Change a rule while the shop runs
#
# Rules change without a deployment. While you hunt a fault, you may want to record everything:

# %%
xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": ours["RuleName"], "FixedRate": 1.0})
tl.traffic.fire(outputs, orders=10, rate=10, seed=12, sampled=None)["sampled"].value_counts()

# %% [markdown]
# On a real account the change takes minutes here, too, so some may still be left out.
#
# Other things that rules are for: a path or method that matters more than others (`URLPath`,
# `HTTPMethod`), a service that is called too often to be recorded (rate 0), a client that sends a
# header (`Attributes`; API Gateway looks at them, the SDKs do not). No rules apply to functions
# that are invoked directly: Lambda records one request a second and 5 % of the others, and that
# cannot be changed.
#
# ## Put it right again

# %%
tl.faults.clear(config)
tl.deploy.apply(config, progress=bar("apply"))
tl.deploy.plan(config)

# %% [markdown]
# ## Recap
#
# - The first service decides, once, before anyone knows how the request ends; all others obey.
# - A rule records a fixed number a second (reservoir) and a share of the rest (rate).
# - Take numbers of requests from metrics, shares from traces, with an interval.
# - Reservoirs make quiet hours weigh more: weigh by how many requests stand behind each trace. The
#   rules count them.
# - Rare faults may leave no trace for a long time. Logs and metrics still count them.
