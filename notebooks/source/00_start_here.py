# %% [markdown]
# # Start here: trace your first order
#
# **What you'll do.** Send one order through a small event-driven shop and see where its time
# went.
#
# **What you'll learn.**
#
# - which question each notebook answers
# - what is in the box, and what you need to run it
# - the five calls that take you from nothing to a picture of a trace
# - how the exercises work
#
# **What you'll need.** Python 3.11 or newer, and 20 minutes. No AWS account: everything runs on
# your own machine and costs nothing.

# %% [markdown]
# ## How these notebooks work
#
# Run the cells from top to bottom with Shift+Enter. Now and then a *Your turn* cell asks you for an
# answer: put it in place of the dots, and the cell below checks it. Exercises are optional: nothing
# later depends on them. When you are stuck, `tl.check.hint("00.status")` gives a hint (the name is
# the one in the check). Call it again for the next one. `tl.check.solve("00.status")` shows the
# solution.
#
# Tracing answers questions. Here is which notebook answers which, how many minutes it takes with
# its exercises (its cells alone run for one or two at most), and what to read before it. If you are
# short of time, take 00, 01, 02, 04, 07, 09 and 15.
#
# | notebook | question | minutes | after |
# |---|---|---|---|
# | 00 | What does one order do? | 20 | |
# | [01](01_plan_and_deploy.ipynb) | How does the system get into the cloud? | 15 | 00 |
# | [02](02_first_trace.ipynb) | What is a trace made of? | 20 | 00 |
# | [03](03_instrument.ipynb) | How do I trace my own code? | 30 | 02 |
# | [04](04_traffic.ipynb) | What do customers see under load? | 20 | 00, 02 |
# | [05](05_fetch_and_query.ipynb) | How do I find the traces that matter? | 30 | 02, 04 |
# | [06](06_documents_to_dataframe.ipynb) | How do traces become a table? | 30 | 02 |
# | [07](07_latency.ipynb) | Where does the time go? | 30 | 00 to 04 |
# | [08](08_waterfall_and_critical_path.ipynb) | What does an order wait for? | 30 | 06 |
# | [09](09_service_map.ipynb) | Who talks to whom? | 25 | 00, 02 |
# | [10](10_find_the_fault.ipynb) | What is broken, and why? | 30 | 02, 07 |
# | [11](11_sampling.ipynb) | What do I miss if I record only a part? | 30 | 02, 05 |
# | [12](12_logs_and_metrics.ipynb) | How do alarms and logs lead to a trace? | 25 | 02, 10 |
# | [13](13_security_and_cost.ipynb) | Is it safe, and what does it cost? | 30 | 02, 11 |
# | [14](14_production.ipynb) | What happens to orders that fail? | 30 | 00 to 02 |
# | [15](15_tear_down.ipynb) | How do I get rid of all this? | 15 | any |
# | [16](16_two_tracers.ipynb) | X-Ray SDK or OpenTelemetry? | 25 | 03, 09 |
# | [99](99_game_day.ipynb) | Can I find it by myself? | 20 | 10, 12 |

# %%
import sys
from importlib.metadata import version

import matplotlib.pyplot as plt

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
tl.tables.folded(config, "All variables of the stack (click to see them)")

# %% [markdown]
# `Config` holds every variable of the stack and where it is to run. The defaults mean: on this
# machine. You will meet its fields as you need them.

# %% [markdown]
# ## Check your environment
#
# These are the parts that matter most. If this cell fails, the notebook runs in another Python than
# the one that was set up. Run `make lab` in the project's folder: it installs what is missing and
# opens JupyterLab in the right environment.
#
# A terminal does not know the environment's commands, such as `aws` and `tracing-lab`, until you
# activate it: with `source .venv/bin/activate` in the project's folder, and with
# `source ../.venv/bin/activate` in a terminal of JupyterLab, which starts one folder further down.
# Cells of a notebook do not need that.

# %%
print("Python", sys.version.split()[0])
{name: version(name) for name in ("boto3", "aws-xray-sdk", "pandas", "networkx", "matplotlib")}

# %% [markdown]
# ## What is in the box
#
# The system under study is a shop made of four *functions*: pieces of code that AWS Lambda runs
# when something happens. API Gateway gives the first of them an address on the web; the others
# react to [events](../docs/glossary.md#event), messages that say what has happened.
#
# | what happens | sent by | handled by |
# |---|---|---|
# | `POST /orders/{customerId}` | a client, through API Gateway | `order` |
# | event *Order Created* | `order` | `payment` and `inventory` |
# | event *Payment Processed* | `payment` | `notification` |
# | event *Inventory Updated* | `inventory` | `notification` |
#
# All events go through EventBridge, AWS's [event bus](../docs/glossary.md#event-bus), which decides
# by [rules](../docs/glossary.md#rule-eventbridge) who receives what.
#
# The client hears back as soon as `order` has published its event. The rest happens afterwards,
# in functions that never talk to each other directly. That is exactly the kind of system whose
# behaviour you cannot read from one log file, and what tracing is for.
#
# Where does it run? On an [embedded AWS](../docs/glossary.md#embedded-aws): a local server that
# speaks AWS's own protocols, runs the functions as real processes and records their
# [traces](../docs/glossary.md#trace) as AWS's tracing service, X-Ray, would. It starts by itself in
# the next cell and stays up between notebooks. The same code runs on a real account; only the
# `Config` differs.

# %% [markdown]
# ## From nothing to a trace in five calls
#
# **One: create the stack**, which is everything that the shop needs in the cloud. Asking for it
# twice does no harm.

# %%
outputs = tl.deploy.apply(config, progress=bar("apply"))
tl.tables.folded(outputs, "What exists now: address of the API, bus, functions, commands to try")

# %% [markdown]
# **Two: send an order.** Before you do, make a guess: after how many milliseconds will the client
# have its answer, and after how many will all be done, the notification of the customer included?
# Put numbers in place of the dots. Nothing depends on them, but a picture tells you more if you
# expected another one.

# %%
tl.check.predict("00.times", answer_ms=..., all_done_ms=...)

# %% [markdown]
# The client keeps a log with one row per request:

# %%
log = tl.traffic.fire(outputs, orders=1, seed=1)
tl.tables.in_milliseconds(log).T

# %% [markdown]
# The client chose the [trace id](../docs/glossary.md#trace-id) and sent it along in a header, so
# that its log could name it. It is the key to everything that follows.
#
# **Three: fetch the trace.** Traces are complete only when the last event has been handled, so
# this call waits until nothing new arrives. On AWS that takes seconds to a minute.

# %%
traces = tl.xray.fetch_traces(config, log, progress=bar("traces"))
len(traces), len(traces[0]["Segments"])

# %% [markdown]
# One trace, with 14 documents in it.
#
# **Four: turn it into a table.** Each document is a [segment](../docs/glossary.md#segment): it says
# in JSON what a service did and when. A [span](../docs/glossary.md#span) is one line of that story:
# a segment, or a part of one, a *subsegment*.

# %%
spans = tl.spans.spans_from_traces(traces)
view = tl.tables.in_milliseconds(spans).reset_index(drop=True)
for column in ("service", "name"):
    view[column] = view[column].map(tl.plot.short_names(view[column]))
view[["service", "name", "kind", "duration_ms", "status"]].head(12)

# %% [markdown]
# These are the first 12 spans, in the order in which they started. Names are shortened: what all of
# them have in common is left out. Each run of a function has two segments; notebook 02 explains
# why.
#
# **Five: draw it.** Time runs from left to right; each bar is a span, and each step inwards leads
# to what that span started.

# %%
tl.plot.plot_waterfall(spans, log["trace_id"].iloc[0])
plt.show()

# %% [markdown]
# The dashed line is where the client got its answer, at the end of the topmost bar. Everything to
# the right of it happened after that, and yet it is in the same trace. (The black lines are the
# [critical path](../docs/glossary.md#critical-path), which notebook 08 explains.) In numbers:

# %%
times = tl.stats.end_to_end(spans)[["response_s", "duration_s"]].iloc[0] * 1000
tl.check.compare("00.times", answer_ms=times["response_s"], all_done_ms=times["duration_s"])

# %% [markdown]
# If these are seconds, most of them are [cold starts](../docs/glossary.md#cold-start): functions
# that had to be loaded first. Notebook 07 is about them.

# %% [markdown]
# ### Your turn: the answer that the client got
#
# Which HTTP status did the API answer with? Take it from `log`.

# %%
status = ...
# solution
status = int(log["status"].iloc[0])

# %%
tl.check.check("00.status", status, spans=spans)

# %% [markdown]
# ### Your turn: count the segments
#
# X-Ray shows more than was sent: for services that send nothing themselves, such as EventBridge, it
# [infers](../docs/glossary.md#inferred-segment) a segment from what the caller reported. How many
# segments of this trace did services really send? A column of `spans` says which they are.

# %%
segments = ...
# solution
segments = int((spans["kind"] == "segment").sum())

# %%
tl.check.check("00.segments", segments, spans=spans)

# %% [markdown]
# ## Recap
#
# - One order went through an API, four functions and an event bus, and left one trace.
# - `apply`, `fire`, `fetch_traces`, `spans_from_traces`, `plot_waterfall`: that is the whole
# loop.
# - The stack and the embedded AWS stay up for the next notebooks. The last one tears them down.
