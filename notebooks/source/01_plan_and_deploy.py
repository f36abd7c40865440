# %% [markdown]
# # Plan and deploy the stack
#
# **What you'll do.** Describe a stack, see what would change, make it
# so, and look at what was made.
#
# **What you'll learn.**
#
# - where the variables of a stack come from
# - why a plan comes before every change
# - what idempotent means, and what it buys you
# - what each function is allowed to do
#
# **What you'll need.** Notebook 00, and 15 minutes. On AWS this costs nothing worth mentioning:
# an idle serverless stack is almost free.

# %%
import json
import os

import boto3

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config(environment="lesson")
tl.tables.folded(config, "The variables of this stack, and where each comes from")

# %% [markdown]
# ## One place for all variables
#
# Unfold the table: its last column says where each value comes from. An argument overrides an
# environment variable (`TRACING_LAB_LAMBDA_TIMEOUT`, for example), which overrides the file
# `tracing_lab.toml`, which overrides the default. A config never changes: `config.replace(...)`
# returns a new one.
#
# Values that cannot work are rejected at once, and all of them together, before anything is
# touched:

# %%
try:
    config.replace(lambda_timeout=5000, lambda_memory_size=64)
except tl.errors.ConfigError as error:
    print(error)

# %% [markdown]
# This notebook uses an environment of its own, called `lesson`, so that it cannot get in the way of
# the stack that the other notebooks share. If an earlier run has left one behind, it is deleted
# first:

# %%
tl.tables.folded(tl.deploy.destroy(config, confirm=True), "What an earlier run had left")

# %% [markdown]
# ## Plan
#
# A [stack](../docs/glossary.md#stack) is everything that belongs together in the cloud. A plan
# compares what the config asks for with what exists. Making one only reads.

# %%
plan = tl.deploy.plan(config)
plan

# %% [markdown]
# `+` creates, `~` updates, `-/+` replaces, `-` deletes. The names are *derived*: project,
# environment, kind, and a suffix computed from account, region, project and environment. That is
# why there is no state file, as other tools need: whoever knows the config knows the names, and
# what exists can be looked up in the cloud.
#
# Each step knows which others have to come first. Here are those of the order service:

# %%
{step.resource.logical: step.after for step in plan.steps if "order" in step.resource.logical}

# %% [markdown]
# The function waits for its role and its log group, and the permission to call it waits for the
# function and the API. Steps that wait for nothing run at the same time.
#
# ## Apply

# %%
outputs = tl.deploy.apply(config, progress=bar("apply"))
tl.tables.folded(outputs, "Outputs: what it takes to use the stack")

# %% [markdown]
# The outputs are what you need to use the stack: the URL to send orders to, names and
# [ARNs](../docs/glossary.md#arn) (AWS's full names), links to the X-Ray console (for a stack on a
# real account), and commands to paste into a terminal (first activate the environment there, as
# notebook 00 says, or there is no `aws`).
#
# Now plan again.

# %%
tl.deploy.plan(config)

# %% [markdown]
# Nothing to do. `apply` is [idempotent](../docs/glossary.md#idempotent): it brings about a state
# instead of carrying out a list of actions, so doing it twice is the same as doing it once. If it
# is interrupted, run it again and it continues where it stopped. That is also why each notebook may
# begin with it.

# %% [markdown]
# ## Change something
#
# More memory also means more CPU on Lambda. Predict: how many resources have to change for more
# memory, and how many have to be created anew?

# %%
tl.check.predict("01.memory", updated=..., created=...)

# %%
more = tl.deploy.plan(config.replace(lambda_memory_size=256))
more

# %%
created = sum(step.action == "create" for step in more.steps)
tl.check.compare("01.memory", updated=len(more.steps) - created, created=created)

# %% [markdown]
# The four functions change in place, and nothing else does. We only looked: without `apply`,
# nothing changes.

# %% [markdown]
# ### Your turn: keep logs longer
#
# How many resources would change if logs were kept for 30 days (`lambda_log_retention_days`)?

# %%
updates = ...
# solution
longer = tl.deploy.plan(config.replace(lambda_log_retention_days=30))
updates = len(longer.steps)

# %%
tl.check.check("01.updates", updates)

# %% [markdown]
# A [log group](../docs/glossary.md#log-group) holds what a function, or the API, writes. Log groups
# are made *before* the functions: otherwise Lambda would create them when a function first runs,
# and keep everything for ever.

# %% [markdown]
# ## Who may do what
#
# Each function runs with a [role](../docs/glossary.md#role) of its own, and each role has just the
# permissions that its function needs. AWS keeps roles in a service called IAM. Ask it what
# `notification` may do:

# %%
roles = {
    step.resource.logical: step.resource.name
    for step in plan.steps
    if step.resource.type == "AWS::IAM::Role"
}
iam = tl.aws.Aws(config).iam
print(json.dumps(iam.role_policies(roles["notification-role"]), indent=1))

# %% [markdown]
# It may write to its own log and send traces. X-Ray's two actions cannot be limited to a resource,
# hence the `*`; the log's ARN names one group. If this function were ever taken over, the intruder
# could do no more than that. That is called [least privilege](../docs/glossary.md#least-privilege).
#
# All of this goes through AWS's own calls, which you can make yourself: in Python with boto3, AWS's
# library, and in a terminal with the `aws` command. The first line lets both find the AWS that the
# stack is in. Which policies does the role have?

# %%
os.environ.update(tl.aws.environment(config))  # boto3 and `aws` reach the stack's AWS
role = roles["notification-role"]
boto3.client("iam").list_role_policies(RoleName=role)["PolicyNames"]

# %%
# !aws iam list-role-policies --role-name {role}

# %% [markdown]
# ### Your turn: who may publish?
#
# Which of the four services may put events on the bus? Look for `events:PutEvents` in the
# policies of the roles, and answer with a set of service names such as `{"order"}`.

# %%
publishers = ...
# solution
services = ("order", "payment", "inventory", "notification")
policies = {name: json.dumps(iam.role_policies(roles[f"{name}-role"])) for name in services}
publishers = {name for name, text in policies.items() if "events:PutEvents" in text}

# %%
tl.check.check("01.publishers", publishers)

# %% [markdown]
# ## Clean up
#
# Once you have done the exercises, which look at this stack, it is no longer needed. (To have it
# back, run `tl.deploy.apply(config)`.) The last notebook says more about tearing things down.

# %%
tl.tables.folded(tl.deploy.destroy(config, confirm=True), "Everything that was deleted")

# %% [markdown]
# ## Recap
#
# - A config says what you want, a plan what it takes, `apply` makes it so.
# - Applying twice changes nothing, and interrupting does no harm.
# - Derived names and ownership tags replace a state file.
# - Least privilege: one role per function, and only what that function needs.
