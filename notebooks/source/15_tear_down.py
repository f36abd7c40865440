# %% [markdown]
# # Tear everything down, and go on from here
#
# **What you'll do.** Remove the stack, prove that nothing is left that could cost money, and find
# out what outlives it.
#
# **What you'll learn.**
#
# - why a dry run comes first
# - how ownership tags keep you from deleting what is not yours
# - how to prove that something is gone
# - what tracing would have cost
# - where to go on
#
# **What you'll need.** Any of the other notebooks, and 15 minutes. On AWS this saves money.

# %%
import os

import boto3

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))
os.environ.update(tl.aws.environment(config))

# %% [markdown]
# The [stack](../docs/glossary.md#stack) is up (the cell above sees to that, so that there is
# something to remove). One last order, which you will look for when the shop is closed:

# %%
log = tl.traffic.fire(outputs, orders=1, seed=15)
spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
len(spans)

# %% [markdown]
# ## First a dry run
#
# Without `confirm=True`, `destroy` only lists what it would delete.

# %%
dry_run = tl.deploy.destroy(config)
tl.tables.folded(dry_run, f"What would be deleted: {len(dry_run.steps)} resources")

# %% [markdown]
# The order matters: a role cannot go while it has policies, nor a bus while it has rules. Each
# step of the plan knows what it waits for:

# %%
{step.resource.logical: step.after for step in dry_run.steps if step.resource.logical == "bus"}

# %% [markdown]
# ## Whose is it?
#
# There is no file that lists what was created. Names are derived from the config, and every
# resource that can have tags carries one with the name of its stack. What lacks the tag is left
# alone, even if its name fits. AWS keeps an index of tags, which plain `boto3` can read, too (these
# are the last parts of the [ARNs](../docs/glossary.md#arn) in it):

# %%
tagging = boto3.client("resourcegroupstaggingapi")
mine = [{"Key": "tracing-lab:stack", "Values": [config.stack_name]}]
listed = tagging.get_resources(TagFilters=mine)["ResourceTagMappingList"]
[resource["ResourceARN"].rpartition(":")[2] for resource in listed]

# %% [markdown]
# These are fewer than the plan has steps. Permissions and deployments cannot have tags, and go
# with what they belong to. Roles have tags, but the index does not know them; which other kinds it
# lists differs between AWS and emulators. So the index alone proves nothing, and `destroy` looks
# at each resource, and for its name, too.
#
# ## Predict: what outlives the stack?
#
# When the stack is gone, how many of the spans of your last order will X-Ray still show? Put a
# number in place of the dots.

# %%
tl.check.predict("15.outlives", spans=...)

# %% [markdown]
# ## Then for real

# %%
done = tl.deploy.destroy(config, confirm=True, progress=bar("destroy"))
tl.tables.folded(done, str(done.remains))

# %% [markdown]
# ## Prove it
#
# "The command did not fail" is no proof. The line above is a better one: when all was deleted, the
# services themselves and the index of tags were searched, by name and by tag. Two more: the index
# once more, this time with the plain command, and a fresh plan, which would have to create
# everything anew.

# %%
tag = f"Key=tracing-lab:stack,Values={config.stack_name}"
# !aws resourcegroupstaggingapi get-resources --tag-filters {tag}

# %%
plan = tl.deploy.plan(config)
tl.tables.folded(plan, str(plan).splitlines()[-1])

# %% [markdown]
# On AWS the index may lag behind for some minutes. If it still lists something, ask again before
# you worry.

# %% [markdown]
# ### Your turn: count what is left
#
# How many resources would a second `destroy` remove? Find out from a dry run.

# %%
left = ...
# solution
left = len(tl.deploy.destroy(config).steps)

# %%
tl.check.check("15.left", left)

# %% [markdown]
# And the order?

# %%
again = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
tl.check.compare("15.outlives", spans=len(again))

# %% [markdown]
# [Traces](../docs/glossary.md#trace) belong to X-Ray, not to the stack. They stay for 30 days and
# then vanish; nobody can delete them earlier, which is one more reason to keep personal data out of
# them. They cost nothing while they wait. Metrics, too, outlive their stack: for up to 15 months,
# free of charge. Logs went with their groups.
#
# If you made other stacks, in another region or environment (notebooks 01 and 14 did, and removed
# them), each needs a `destroy` with its own config.

# %% [markdown]
# ## What did it cost?
#
# X-Ray bills what is recorded and what is read. In us-east-1, as of November 2026 (look at the
# [price list](https://aws.amazon.com/xray/pricing/) before you rely on it):
#
# | | price per million | free each month |
# |---|---|---|
# | traces recorded | 5.00 USD | 100,000 |
# | traces retrieved or scanned | 0.50 USD | 1,000,000 |
#
# A trace is billed once, however many segments it has. A workshop's few thousand traces are free.

# %% [markdown]
# ### Your turn: a month in production
#
# A shop receives 5 orders per second, evenly, for 30 days. With the default [sampling
# rule](../docs/glossary.md#rule-sampling), X-Ray records one request each second and 5 % of all
# others. What do the *recorded* traces cost, in dollars?

# %%
bill = ...
# solution
recorded = (1 + 0.05 * 4) * 30 * 24 * 3600
bill = (recorded - 100_000) * 5 / 1e6

# %%
tl.check.check("15.bill", bill)

# %% [markdown]
# Recording every order would cost more than four times as much: notebook 11 is about choosing,
# notebook 13 about the rest of the bill.

# %% [markdown]
# ## Switch off the embedded AWS
#
# If you worked on your own machine, a server is still running in the background. It ends by
# itself after a long idle time. To end it now, open a terminal in the project's folder. The
# commands are in the environment's folder: `.venv/bin/` before them, or once
# `. .venv/bin/activate` (on Windows `.venv\Scripts\activate`), finds them.
#
# ```
# .venv/bin/tracing-lab embedded stop
# ```
#
# Its traces stay on disk and are there again at the next start; `embedded reset` in place of
# `embedded stop` forgets them.

# %% [markdown]
# ## Go on from here
#
# Your exercises so far; what is open is worth a second visit:

# %%
tl.check.progress()

# %% [markdown]
# - **Your own application.** Notebook 03 instruments a function that is not ours. The embedded AWS
#   runs any small application of API Gateway, Lambda and EventBridge.
# - **A real account.** `tl.Config(target="aws")` is the only difference; `tracing-lab doctor`
#   checks beforehand what is missing, `tracing-lab cost` estimates the bill.
# - **OpenTelemetry.** AWS maintains the X-Ray SDK, but develops it no further, and recommends
#   OpenTelemetry for new code. Notebook 16 runs this shop under both; `tl.export.traces_to_otlp`
#   turns traces into OpenTelemetry's format.
# - **Production.** [A checklist](../docs/production.md), and what to do
#   [when something does not work](../docs/troubleshooting.md).

# %% [markdown]
# ## Recap
#
# - Dry run, act, prove: in that order.
# - Tags decide what belongs to a stack; an index of tags alone is no proof.
# - Traces outlive the stack that they came from.
# - Sampling decides what tracing costs.
