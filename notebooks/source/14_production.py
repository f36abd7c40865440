# %% [markdown]
# # Harden the shop for production
#
# **What you'll do.** Break the payment service and keep every order that it fails with, send those
# orders again, reject bad and excess requests early, and run the shop in two regions.
#
# **What you'll learn.**
#
# - what becomes of an event that nobody could process
# - which of two ways to send it again repeats more than it repairs
# - what an API can reject without running your code
# - what a second region shares with the first, and what should be backed up
#
# **What you'll need.** Notebooks 00 to 02, and 30 minutes. On AWS the calls cost about a cent, and
# creating and deleting a stack in a second region takes a few minutes.

# %%
import json
import os
import tempfile
from pathlib import Path

import boto3

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
tl.deploy.apply(config, progress=bar("apply"))
os.environ.update(tl.aws.environment(config))

# %% [markdown]
# The last line lets plain `boto3` and the `aws` command find the stack's AWS; you will use both.
#
# ## What a demo leaves out
#
# So far the stack has everything that a lesson needs, and little of what keeps a shop in business:
#
# | question in production | answer here |
# |---|---|
# | What happens to an event that fails? | retries, dead-letter queues |
# | Who may call, and what may they send? | API key, address ranges, request validation |
# | How much load do we accept? | stage limits, usage plans, reserved concurrency |
# | Who notices a problem? | alarms and a dashboard (notebook 12) |
# | What if a region fails? | the same stack in another one |
# | What would we lose? | see *Backup* below |
#
# Each answer is an option of the config. Here are some:

# %%
hard = config.replace(
    enable_dead_letter_queues=True,
    lambda_max_retries=0,  # for this lesson: a retry comes a minute later
    enable_request_validation=True,
    api_throttle_rate=10,
    api_throttle_burst=10,
)
plan = tl.deploy.plan(hard)
tl.tables.folded(plan, f"What the options add: {len(plan.steps)} steps")

# %% [markdown]
# Unfold the plan: each service gets a
# [dead-letter queue](../docs/glossary.md#dead-letter-queue), its role the permission to write
# there, its function and its rule the queue's address. The API gets a schema and limits.
#
# ## Predict: half of the payments fail
#
# `order` answers the client and publishes *Order Created*. EventBridge hands the event to `payment`
# by an asynchronous invocation: Lambda accepts it, and runs it later. Now let payment fail with
# half of the orders. Twenty orders come in. How many clients see an error, and how many orders does
# somebody have to look after? Put numbers in place of the dots.

# %%
tl.check.predict("14.loss", client_errors=..., orders_to_rescue=...)

# %%
outputs = tl.deploy.apply(hard, progress=bar("apply"))
tl.faults.inject(hard, "payment", error_rate=0.5, error_type="ProcessorDown")
log = tl.traffic.fire(outputs, orders=20, rate=5, seed=14, progress=bar("orders"))
traces = tl.xray.fetch_traces(hard, log, progress=bar("traces"))
letters = tl.failures.read(hard)
order_ids = letters["event"].str["detail"].str["orderId"]
letters = letters[order_ids.isin(log["order_id"])]  # not the poison message of notebook 10
letters[["service", "cause", "trace_id"]].reset_index(drop=True).head()

# %%
tl.check.compare("14.loss", client_errors=log["error"].ne("").sum(), orders_to_rescue=len(letters))

# %% [markdown]
# No client noticed anything, so no graph of the API's errors shows the loss. Each row above (you
# see five at most) is an order that was accepted and will not be paid. Without the queues they
# would be gone: Lambda drops an event after its last retry, and only a metric shows it.
#
# `cause` is `function` where the code failed with the event, and `delivery` where EventBridge did
# not even reach the function, for example for lack of permission. `trace_id` leads to the
# [trace](../docs/glossary.md#trace) of the order; that Lambda passes the
# [tracing header](../docs/glossary.md#tracing-header) on to the queue is an assumption of the
# embedded AWS, which AWS does not document.
#
# ### The same without this library
#
# A dead-letter queue is an SQS queue like any other. Its name begins with that of the stack:

# %%
sqs = boto3.client("sqs")
url = sqs.list_queues(QueueNamePrefix=f"{config.stack_name}-payment")["QueueUrls"][0]
received = sqs.receive_message(
    QueueUrl=url, MessageAttributeNames=["All"], VisibilityTimeout=0, WaitTimeSeconds=5
)
{name: value["StringValue"] for name, value in received["Messages"][0]["MessageAttributes"].items()}

# %%
payment = outputs.function_names["payment"]
# !aws lambda get-function-event-invoke-config --function-name {payment}

# %% [markdown]
# A received message is only hidden for a while (`VisibilityTimeout`, here not at all); it is gone
# when somebody deletes it, or after the 14 days that our queues keep messages. The second command
# shows what Lambda was told: no retry, and how long an event may wait to be run.

# %% [markdown]
# ### Your turn: what retries save
#
# With the default, `lambda_max_retries=2`, Lambda tries a failed event again after one minute,
# and for the last time two minutes after that. Payment is down for ten minutes. Meanwhile an
# order comes every 30 seconds, 20 in all, the first at the very start. How many of them do the
# retries save?

# %%
saved = ...
# solution
outage_s = 600
saved = sum(arrival_s + 60 + 120 >= outage_s for arrival_s in range(0, outage_s, 30))

# %%
tl.check.check("14.saved", saved)

# %% [markdown]
# Retries bridge moments; queues bridge everything else.
#
# ## Repair, then send again
#
# Sending failed events again is called [redrive](../docs/glossary.md#redrive). SQS has a command
# that moves messages from a dead-letter queue back to the queue that they came from. These came
# from Lambda, so something has to read them and do it. There are two ways: to the *function* that
# failed, or to the *bus*. First comes the repair, and a look at the trace of one order as it was.
# That one goes to the bus, the others to the function; then none of them should be left in the
# queues.

# %%
tl.faults.clear(hard)
first, others = letters.iloc[:1], letters.iloc[1:]
order_id = first["event"].iloc[0]["detail"]["orderId"]
trace_id = log.set_index("order_id")["trace_id"][order_id]
first = first.assign(trace_id=trace_id)  # if its letter does not say so itself
before = tl.spans.spans_from_traces(tl.xray.fetch_traces(hard, trace_id))
sent = tl.failures.send_again(hard, others), tl.failures.send_again(hard, first, to="bus")
left = letters.index.intersection(tl.failures.read(hard).index)
print(f"{sent[0]} sent to the function, {sent[1]} to the bus, {len(left)} left")

# %%
after = tl.spans.spans_from_traces(tl.xray.fetch_traces(hard, trace_id, progress=bar("traces")))
len(before), len(after)

# %% [markdown]
# ### Your turn: what did the bus repeat?
#
# The trace of this order has grown. How many *runs of functions* did the redrive add? Runs are
# rows whose `origin` is `AWS::Lambda::Function`; `before` and `after` have the spans.

# %%
added = ...
# solution
is_run = [spans["origin"] == "AWS::Lambda::Function" for spans in (before, after)]
added = is_run[1].sum() - is_run[0].sum()

# %%
tl.check.check("14.added", added, before=before, after=after)

# %%
runs = after[after["origin"] == "AWS::Lambda::Function"].sort_values("start")
seconds = (runs["start"] - after["start"].min()).dt.total_seconds().round(1)
names = runs["service"].map(tl.plot.short_names(runs["service"]))
runs[["status"]].assign(started_after_s=seconds).set_index(names)

# %% [markdown]
# The first rows are the order as it was, those that started much later the redrive. The bus
# delivers an event to *every* rule that matches, also to targets that had done their work. Either
# way an event may be processed twice, since all of these services promise delivery *at least once*.
# So handlers must be *idempotent*: the same order twice has the effect of once. Keep the ids of
# what is done, for example, and skip what is known.
#
# ## Reject early
#
# The best failed event is the one that never was. With `enable_request_validation` the API holds
# each body against a schema:

# %%
gateway = boto3.client("apigateway")
schema = gateway.get_model(restApiId=outputs.api_id, modelName="Order")["schema"]
{key: json.loads(schema)[key] for key in ("required", "properties")}

# %%
body = Path(tempfile.mkdtemp(), "order.json")
body.write_text('{"productId": "12345", "quantity": -2}')
# !curl -sS -H "Content-Type: application/json" -d "@{body}" {outputs.api_test_url}

# %% [markdown]
# No function ran, and none has to be paid for. In return the message does not say which member is
# wrong. The handlers check once more, since not every event comes through this API.

# %% [markdown]
# ### Your turn: which bodies pass?
#
# Which of these does the schema let through? Answer with a set of their names.
#
# | name | body |
# |---|---|
# | `plain` | `{"productId": "12345"}` |
# | `gift` | `{"productId": "12345", "giftWrap": true}` |
# | `words` | `{"productId": "12345", "quantity": "two"}` |
# | `free` | `{"productId": "12345", "amount": 0}` |
# | `empty` | `{}` |

# %%
passing = ...
# solution
passing = {"plain", "gift"}

# %%
tl.check.check("14.passing", passing)

# %% [markdown]
# ## Predict: too many orders
#
# Limits work like a bucket of tokens: it holds `burst` tokens, and `rate` new ones come per
# second. Each request takes one; without a token the API answers 429 at once. Ours has burst 10
# and rate 10. Forty orders come within one second. How many get through?

# %%
tl.check.predict("14.flood", accepted=...)

# %%
flood = tl.traffic.fire(outputs, orders=40, rate=40, seed=15, progress=bar("orders"))
tl.check.compare("14.flood", accepted=flood["error"].eq("").sum())

# %% [markdown]
# AWS calls these limits targets rather than ceilings, so expect them to be met roughly. A client
# that gets 429 should wait before it tries again, longer each time, and by a random share.
# `usage_plan_rate` limits each customer by their key; `lambda_reserved_concurrency` limits each
# function, whoever calls it.
#
# ## A second region
#
# `in_all` does the same in several regions at once. What do the two stacks share?

# %%
here = config.aws_region
there = "eu-west-1" if here != "eu-west-1" else "us-east-1"
second = tl.deploy.in_all(tl.deploy.apply, hard.in_regions(here, there))[there]
order = tl.traffic.fire(second, orders=1, seed=16)["trace_id"].iloc[0]
abroad = tl.xray.fetch_traces(hard.replace(aws_region=there), order)
at_home = boto3.client("xray", region_name=here).batch_get_traces(TraceIds=[order])
{there: len(abroad), here: len(at_home["Traces"])}

# %% [markdown]
# They share nothing: the order has a trace there, and none here. X-Ray is regional, as are queues,
# logs and metrics, so whoever looks for an order has to know where it went. Even the roles, which
# IAM knows everywhere, have names of their own, so that a failure here changes nothing there. What
# brings clients to a healthy region (DNS with health checks, for example) stands before the API and
# is not part of this stack.
#
# ## Backup
#
# What would be lost with the stack? Functions, rules and API are made from code; keep that, and
# you can make them again. The state is elsewhere: traces (30 days, and X-Ray cannot restore them),
# logs (`lambda_log_retention_days`), and letters in the queues. Save what you may want to compare
# with next year, and the stack in a form that needs no Python:

# %%
folder = tempfile.mkdtemp()
tl.spans.save_traces(traces, f"{folder}/orders.json")
tl.infrastructure.export(hard, folder, format="cloudformation")
next(os.walk(folder))

# %% [markdown]
# ## Put it back
#
# The stack in the second region is deleted. The first returns to the options of the other
# notebooks, and what the options of this one added is deleted, queues included: an option that is
# off leaves nothing behind.

# %%
tl.deploy.destroy(hard.replace(aws_region=there), confirm=True, progress=bar("destroy"))
tl.deploy.apply(config, progress=bar("apply"))
tl.deploy.plan(config)

# %% [markdown]
# ## Recap
#
# - Asynchronous failures are silent: the client has its answer already.
# - Retries bridge minutes. What is left waits in a dead-letter queue, with its trace id.
# - A redrive to the function repairs one step, one to the bus repeats them all.
# - Reject bad and excess requests before they cost a run.
# - Regions share nothing, and traces are state: export what you want to keep.
#
# [Production](../docs/production.md) has the whole checklist.
