# %% [markdown]
# # Keep traces safe and affordable
#
# **What you'll do.** Take a permission away and find the damage in a trace, find personal data in
# traces and keep it out, and work out what tracing costs, and what slow orders cost.
#
# **What you'll learn.**
#
# - what least privilege looks like, and how its failure shows
# - what traces tell about people, and how to make people unrecognisable
# - what a month costs, who causes the costs, and which changes make it cheaper
#
# **What you'll need.** Notebooks 02 and 11, and 30 minutes. On AWS this costs less than a cent.

# %%
import hashlib
import hmac
import json
import os
import secrets
import time

import boto3
import pandas as pd

import tracing_lab as tl

# %%
bar = tl.progress.progress_bar
config = tl.Config(lambda_max_retries=0)  # for this lesson: a retry comes a minute later
outputs = tl.deploy.apply(config, progress=bar("apply"))
os.environ.update(tl.aws.environment(config))

# %% [markdown]
# ## What may payment do?
#
# A Lambda function has a [role](../docs/glossary.md#role). What the role's policy does not allow is
# denied. Read the policy of `payment`:

# %%
iam, functions, xray = (boto3.client(name) for name in ("iam", "lambda", "xray"))
payment = functions.get_function_configuration(FunctionName=outputs.function_names["payment"])
role = payment["Role"].split("/")[-1]
name = iam.list_role_policies(RoleName=role)["PolicyNames"][0]
policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
# !aws iam get-role-policy --role-name {role} --policy-name {name} --query PolicyDocument.Statement

# %% [markdown]
# Three statements, and each names what it is for: its own log group, not all of them; its own bus,
# and under its own name only (`events:source`), so that `payment` cannot pretend to be `order`. The
# two X-Ray actions cannot be limited to a resource, hence `*`. No service may *read* traces: they
# only write them.
#
# ## Take one permission away
#
# ### Predict: who notices?
#
# Without `PublishToOwnBus`, `payment` still runs but cannot publish `Payment Processed`. An order's
# trace has 14 segments. Which HTTP status will the client get, and how many segments will be left?

# %%
tl.check.predict("13.denied", status=..., segments=...)

# %%
kept = [part for part in policy["Statement"] if part["Sid"] != "PublishToOwnBus"]
reduced = json.dumps({**policy, "Statement": kept})
iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=reduced)
tl.deploy.plan(config)

# %% [markdown]
# The plan has noticed: somebody changed a role by hand. On a real account it takes some seconds
# until a changed policy takes effect everywhere; wait before you go on, and if the order goes
# through all the same, run the next cell again.

# %%
log = tl.traffic.fire(outputs, orders=1, seed=3)
traces = tl.xray.fetch_traces(config, log, progress=bar("traces"))
spans = tl.spans.spans_from_traces(traces)
print(tl.spans.exceptions_from_traces(traces)["message"].iloc[0])
tl.check.compare("13.denied", status=int(log["status"][0]), segments=len(traces[0]["Segments"]))

# %% [markdown]
# The client knows nothing of it: its answer did not wait for `payment`. The trace has the exception
# that was printed. Its message has everything for the repair: who (`User`), what (the action), on
# which resource, and that no policy allowed it. So one way to least privilege is to begin with too
# little, and to add what is denied. On AWS, *IAM Access Analyzer* proposes policies from what a
# role did; on the embedded AWS, `tracing-lab embedded actions` lists what each role used and what
# it never used.
#
# `apply` repairs what differs from the config. The same order again. (On AWS this, too, takes some
# seconds: if the number is no larger than before, run the cell once more.)

# %%
tl.deploy.apply(config, progress=bar("apply"))
log = tl.traffic.fire(outputs, orders=1, seed=3)
traces = tl.xray.fetch_traces(config, log, progress=bar("traces"))
whole = tl.spans.spans_from_traces(traces)
len(traces[0]["Segments"])

# %% [markdown]
# ### Your turn: who was missing?
#
# Compare `spans`, from when `payment` could not publish, with `whole`. Which service ran less
# often? (A function ran as often as it has rows with the `origin` `AWS::Lambda::Function`.)

# %%
missing = ...
# solution
runs, runs_whole = (
    frame.loc[frame["origin"] == "AWS::Lambda::Function", "service"].value_counts()
    for frame in (spans, whole)
)
missing = runs_whole.sub(runs, fill_value=0).idxmax()

# %%
tl.check.check("13.missing", missing, denied=spans, whole=whole)

# %% [markdown]
# It has no error anywhere: nobody called it. In an event-driven system a failure is what does *not*
# happen. What shows it is the publisher that failed, a
# [dead-letter queue](../docs/glossary.md#dead-letter-queue) (notebook 14), or an alarm
# (notebook 12).
#
# ## What traces tell about people
#
# Look at the API's own segment:

# %%
documents = [json.loads(segment["Document"]) for segment in traces[0]["Segments"]]
next(d for d in documents if d["origin"] == "AWS::ApiGateway::Stage")["http"]["request"]

# %% [markdown]
# Without any code of yours it has the caller's address, the program, and a URL with the customer in
# it. Our services add `customer_id` as an [annotation](../docs/glossary.md#annotation): an id such
# as `customer-35`, which tells a stranger nothing. A careless service could do this:

# %%
now = time.time()
request = {"recipient": "ada@example.com", "subject": "Hi", "phone": "+44 20 7946 0018"}
careless = {"name": "newsletter", "id": secrets.token_hex(8), "start_time": now - 0.1}
careless |= {"trace_id": f"1-{int(now):08x}-{secrets.token_hex(12)}", "end_time": now}
careless["annotations"] = {"email": "ada@example.com", "plan": "free", "issue": 17}
careless["metadata"] = {"newsletter": request}
xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(careless)])
where = {"FilterExpression": 'annotation.email = "ada@example.com"'}
page = xray.get_trace_summaries(StartTime=now - 60, EndTime=now + 60, **where)
[summary["Id"] for summary in page["TraceSummaries"]]

# %% [markdown]
# Whoever may read traces can now search for Ada (on a real account it may take some seconds until
# the search finds her). The trace cannot be deleted: it stays for 30 days.
#
# ### Your turn: find what should not be there
#
# Which keys in the annotations and the metadata of `careless` hold an address or a number by which
# somebody can be reached?

# %%
personal = ...
# solution
texts = {**careless["annotations"], **careless["metadata"]["newsletter"]}
personal = [key for key, text in texts.items() if "@" in str(text) or str(text).startswith("+")]

# %%
tl.check.check("13.personal", personal, document=careless)

# %% [markdown]
# ## Pseudonyms
#
# To find all traces of one customer you need no address, only something that is always the same for
# the same customer. A plain hash looks like that, and is not safe: who has a list of addresses can
# try them all. With a secret key (HMAC), only those who have the key can.

# %%
guesses = ["bob@example.com", "ada@example.com", "eve@example.com"]
hashes = {hashlib.sha256(text.encode()).hexdigest()[:16]: text for text in guesses}
plain = hashlib.sha256(b"ada@example.com").hexdigest()[:16]
print("guessed:", hashes[plain])
key = secrets.token_bytes(32)  # in a service: from a secret store, the same for all
hmac.new(key, b"ada@example.com", "sha256").hexdigest()[:16]

# %% [markdown]
# More that helps: annotate ids instead of people; record no whole requests as
# [metadata](../docs/glossary.md#metadata); allow `xray:BatchGetTraces` and
# `xray:GetTraceSummaries` only to those who need them; encrypt with a key of your own
# (`PutEncryptionConfig`), whose use can be audited and revoked.
#
# ## What does it cost?
#
# The shop has 5 million orders a month, and the sampling rule `Default`:

# %%
bill = tl.cost.estimate(config, requests_per_month=5_000_000)
print(f"{bill.by_service()['X-Ray'] / bill.total_usd:.1%} of it for X-Ray")
bill

# %% [markdown]
# The date of the list prices and the assumptions are above the table: this is an estimate, not a
# promise. One trace costs the same with 2 segments or 200. The free amounts hold for an account,
# not for a stack.
#
# The default rule saves nothing in small shops: as long as less than one order comes per second,
# *all* are recorded. The larger the shop, the nearer it gets to 5 %.
#
# ### Your turn: a rate for a budget
#
# 40 million orders a month, and 10 dollars for recording traces (5 dollars a million; 100,000 are
# free each month). The rule has no reservoir. What is the highest rate?

# %%
rate = ...
# solution
traces_paid = 10 / 5 * 1e6
rate = (100_000 + traces_paid) / 40e6

# %%
tl.check.check("13.rate", rate)

# %% [markdown]
# ## What does a slow order cost?
#
# A bill says what is paid, not who causes it. Traces know: time is paid for each run of a function,
# events at each call of the bus, recording where a request comes in. `costs_by_latency` gives each
# span its share, to the last fraction of a cent. Here are the orders of notebook 08, from fast to
# slow:

# %%
recorded = tl.spans.spans_from_traces(tl.samples.recorded().traces)
bill = tl.cost.traffic_bill(recorded, config)
by_speed = tl.cost.costs_by_latency(recorded, bill, edges=(0.5, 0.75))
by_speed[["requests", "mean_duration_s", "usd_per_million", "share"]].round(3)

# %% [markdown]
# ### Your turn: how much more?
#
# By how many percent is an order of the slowest quarter more expensive than one of the faster half?

# %%
percent = ...
# solution
dollars = by_speed["usd_per_million"]
percent = (dollars.iloc[-1] / dollars.iloc[0] - 1) * 100

# %%
tl.check.check("13.dearer", percent, by_speed=by_speed)

# %% [markdown]
# It took half as long again, and cost hardly more. Most of the price is paid for each request, each
# event and each line of a log; only the functions' time grows with the duration, and that is a
# small part. So make slow orders faster for those who wait for them. To make orders cheaper, look
# elsewhere.
#
# ## Cheaper, but at a price
#
# 50 million orders, nothing free, in dollars a month:

# %%
month = {"requests_per_month": 50_000_000, "free_tier": False}
few_logs, arm = tl.cost.Load(log_bytes=2750), config.replace(lambda_architecture="arm64")
variants = {
    "as it is": tl.cost.estimate(config, **month),
    "1 % traced": tl.cost.estimate(config, sampling_rate=0.01, **month),
    "half the log lines": tl.cost.estimate(config, load=few_logs, **month),
    "arm64": tl.cost.estimate(arm, **month),
}
pd.Series({name: variant.total_usd for name, variant in variants.items()}).round().astype(int)

# %% [markdown]
# Look at what your own bill consists of before you turn the sampling rate down: logs may cost more
# than traces. And each saving has its price: fewer traces see rare faults later (notebook 11),
# fewer log lines tell less about an order, another processor needs packages that are built for it.
#
# ## Put it right again

# %%
tl.deploy.apply(tl.Config(), progress=bar("apply"))
tl.deploy.plan(tl.Config())

# %% [markdown]
# ## Recap
#
# - A role allows what its service needs, by name; `AccessDenied` in a trace names what is missing.
# - Failures of events show as silence further on.
# - Traces cannot be deleted and many can read them: ids and keyed pseudonyms, no people.
# - X-Ray charges per recorded trace; the sampling rule sets the bill.
# - Price the bill to spans before you save: being slow need not be what costs.
