# %% [markdown]
# # Tear everything down
#
# **What you'll do.** Remove the stack, and prove that nothing is left that could cost money.
#
# **What you'll learn.**
#
# - why a dry run comes first
# - how ownership tags keep you from deleting what is not yours
# - how to prove that something is gone
# - what tracing would have cost
#
# **What you'll need.** Any of the other notebooks, and 10 minutes. On AWS this saves money.

# %%
import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))

# %% [markdown]
# The stack is up (the cell above sees to that, so that there is something to remove).

# %% [markdown]
# ## First a dry run
#
# Without `confirm=True`, `destroy` only says what it would do.

# %%
doomed = tl.deploy.destroy(config)
doomed

# %% [markdown]
# The order matters: a role cannot go while it has policies, nor a bus while it has rules. The
# plan knows what depends on what.
#
# How does it know what belongs to us? There is no file that lists what was created. Names are
# derived from the config, and every resource that can have tags carries one with the name of its
# stack. What lacks the tag is left alone, even if its name fits.

# %%
config.stack_name

# %% [markdown]
# ## Then for real

# %%
tl.deploy.destroy(config, confirm=True)

# %% [markdown]
# ## Prove it
#
# "The command did not fail" is no proof. The last line above is a better one: when all was deleted,
# the services themselves and AWS's index of tags were searched, by name and by tag. Two more: a
# fresh plan that would have to create everything anew, and a fresh dry run that finds nothing to
# delete.

# %%
tl.deploy.plan(config)

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
# Two things outlive a stack on AWS. Traces stay for 30 days and then vanish; they cannot be
# deleted, and they cost nothing while they wait. Metrics are kept for up to 15 months, also free
# of charge.

# %% [markdown]
# ## What did it cost?
#
# X-Ray bills what is recorded and what is read, in us-east-1 (check the current price list before
# you rely on it):
#
# | | price per million | free each month |
# |---|---|---|
# | traces recorded | $5.00 | 100,000 |
# | traces retrieved or scanned | $0.50 | 1,000,000 |
#
# A trace is billed once, however many segments it has. A workshop's few thousand traces are free.

# %% [markdown]
# ### Your turn: a month in production
#
# A shop receives 5 orders per second, evenly, for 30 days. With the default rule, X-Ray records
# one request each second and 5 % of all others. What do the *recorded* traces cost, in dollars?

# %%
bill = ...
# solution
recorded = (1 + 0.05 * 4) * 30 * 24 * 3600
bill = (recorded - 100_000) * 5 / 1e6

# %%
tl.check.check("15.bill", bill)

# %% [markdown]
# Recording every order would cost more than four times as much. That is why there is sampling,
# and why it deserves a notebook of its own.

# %% [markdown]
# ## Switch off the embedded AWS
#
# If you worked on your own machine, a server is still running in the background. It ends by
# itself after a long idle time. To end it now, run this in a terminal:
#
# ```
# tracing-lab embedded stop
# ```
#
# Its traces stay on disk and are there again at the next start. `tracing-lab embedded reset`
# forgets them.

# %% [markdown]
# ## Recap
#
# - Dry run, act, prove: in that order.
# - Tags decide what belongs to a stack.
# - Sampling decides what tracing costs.
