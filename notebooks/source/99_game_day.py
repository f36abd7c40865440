# %% [markdown]
# # Game day: find it, mend it, write it up
#
# **What you'll do.** Find a hidden incident in the running shop with traces, logs and metrics, mend
# it, and get a score and a report to keep.
#
# **What you'll learn.**
#
# - how an investigation goes from what customers see to a cause and a path
# - which errors of a busy system have nothing to do with the incident
# - how to show that a change has helped, and how to write about an incident without blame
#
# **What you'll need.** Notebooks 10 and 12, and 20 minutes. On AWS this costs less than a cent.

# %%
import matplotlib.pyplot as plt

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))

# %% [markdown]
# ## The game begins
#
# A game sends orders while all is well, lets an incident happen, and sends the same orders again.
# Seed and level say which incident it is: the same ones always make the same. It is not shown, but
# nothing keeps you from looking it up with `tl.faults.active`, except that the game is over then.

# %%
tl.gameday.abandon(config)  # a game that somebody has left behind
game = tl.gameday.begin(config, seed=51, level=1, progress=bar("orders"))
game

# %% [markdown]
# The clock runs now. It stops with your last answer; looking at something (a query) costs a little,
# too. After a restart of the kernel, `tl.gameday.resume(config)` returns the game, and
# `tl.gameday.abandon(config)` ends it and repairs everything.
#
# ### Predict: how well will you do?
#
# Cause, kind and path bring 60 points, a change that helps 20, and haste and few queries 20. How
# many of these hundred will you get?

# %%
tl.check.predict("99.points", points=...)

# %% [markdown]
# ## What customers see
#
# Begin where it hurts. `orders` has what the clients saw; that is no query.

# %%
for name in game.windows:
    seen = game.orders(name)
    accepted, p50_ms = seen["status"].eq(201).sum(), seen["latency_s"].median() * 1000
    print(f"{name:9} {accepted} of {len(seen)} accepted, median response after {p50_ms:.0f} ms")

# %% [markdown]
# No customer was turned away, and nobody waited much longer. So whatever it is comes after the
# API's response, behind the [event bus](../docs/glossary.md#event-bus).
#
# ## What metrics see
#
# CloudWatch counts what each function does per minute. (On AWS the numbers come a minute or two
# late: wait three minutes, since each look costs points.)

# %%
game.metrics().drop(columns=["Count", "4XXError", "5XXError", "Latency"]).dropna()

# %% [markdown]
# Two functions have errors. A [metric](../docs/glossary.md#metric) does not say whose: it counts
# every invocation, whoever it was for.
#
# ## What logs see
#
# Lines of level `ERROR` from the time of the incident, with the
# [trace](../docs/glossary.md#trace) that each belongs to:

# %%
good, bad = game.spans("healthy"), game.spans("incident")
lines = game.logs("incident", pattern='{ $.level = "ERROR" }')
lines.groupby(["service", "message"]).size().rename("lines").to_frame()

# %% [markdown]
# ### Your turn: whose errors?
#
# How many of these lines belong to no order at all? The orders' traces are in `bad`.

# %%
strangers = ...
# solution
of_orders = lines["trace_id"].isin(bad.index.unique("trace_id"))
strangers = int((~of_orders).sum())

# %%
tl.check.check("99.strangers", strangers, lines=lines, spans=bad)

# %% [markdown]
# They are a batch job's, which sends one service invocations that it cannot read. That is a
# nuisance, but it is not why you were called. Traces tell the two apart, because an order's trace
# has its own requests and nothing else.
#
# ## What traces see
#
# `vital_signs` sums up a window by service: which share of orders reached it, how often it ran for
# each, which shares of runs failed, were throttled or [cold](../docs/glossary.md#cold-start), and
# how long the others took.

# %%
tl.gameday.vital_signs(good).round(2)

# %%
tl.gameday.vital_signs(bad).round(2)

# %% [markdown]
# Compare the rows, not only the numbers: what is a cause, and what follows from it? A service that
# gets fewer events than before is a victim.

# %%
finding = tl.rca.find_root_cause(good, bad)
tl.plot.plot_root_cause(finding, tl.graph.service_graph_from_spans(bad))
plt.show()
finding

# %% [markdown]
# ### Your turn: name it
#
# Which service is the [root cause](../docs/glossary.md#root-cause)? What kind of incident is it
# (see the list), and along which path does it get to where somebody notices? Services, `bus` and
# `api` are parts of a path; nodes of the service graph are fine as well.

# %%
for name, sentence in tl.faults.scenarios()["sentence"].items():
    print(f"{name:18} {sentence}")

# %%
cause, kind, path = ..., ..., ...
# solution
cause, kind, path = "payment", "errors", finding.path

# %%
print(game.answer(cause, kind, path))
tl.check.check("99.cause", cause, healthy=good, incident=bad)

# %% [markdown]
# An answer can be replaced, for five points. Whether it is right is said at the end.
#
# ## Mend it
#
# In production you would roll back, give a permission back, or raise a limit. Here, `mend` restores
# a service as it was before the incident, sends the same orders once more, and looks whether the
# trouble has gone. Restoring healthy services costs points: it is how outages get worse. (If you
# have changed something yourself, call it without a service.)

# %%
game.mend(cause, progress=bar("orders"))

# %% [markdown]
# ## The end, and the report
#
# `finish` undoes everything, checks that the stack is exactly as before, and says what it was.

# %%
result = game.finish("game_day.html")
print(tl.deploy.plan(config))
result

# %%
tl.check.compare("99.points", points=result.score.total)

# %% [markdown]
# The report is in `game_day.html`; with `.md` it is Markdown for your wiki. It says what customers
# noticed, what was done when, why it happened, and what keeps it from happening again. It does not
# say who should have known better: people who fear blame hide what others could learn from.

# %%
result.report

# %% [markdown]
# ## Your own game
#
# From level 2 on you are alone. Higher levels are weaker, further behind the bus, and noisier: more
# batch jobs, services that have always been slow, and sometimes nothing at all is wrong.
#
# ```python
# game = tl.gameday.begin(config, level=3)   # any seed
# game.send(100)                             # if there are too few: the window "more 1"
# game.answer("nothing")                     # if you think that all is well
# ```
#
# The same in a terminal: `tracing-lab gameday --level 3`, then `tracing-lab gameday look traces`,
# `answer`, `mend` and `finish`. With the same `--seed`, a whole class plays the same game.
#
# ## Recap
#
# - Begin with what customers see; it says where to look, and what is not broken.
# - Errors in metrics and logs may be anybody's. A trace has those of one order.
# - Compare with a healthy window, and tell the cause from its victims.
# - A change that helps is the proof; undo what did not.
# - Write it up for those who were not there, about the system and not about people.
