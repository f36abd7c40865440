# %% [markdown]
# # Start here: trace your first order
#
# **What you'll do.** Send one order through a small event-driven shop and see where its time
# went.
#
# **What you'll learn.**
#
# - what is in the box, and what you need to run it
# - the five calls that take you from nothing to a picture of a trace
# - how the exercises work
#
# **What you'll need.** Python 3.11 or newer, and 10 minutes. No AWS account: everything runs on
# your own machine and costs nothing.

# %% [markdown]
# ## How these notebooks work
#
# Run the cells from top to bottom with Shift+Enter. Now and then a *Your turn* cell asks you for
# an answer and the cell below it checks the answer. Exercises are optional: nothing later depends
# on them. When you are stuck, the folder `solutions` has each notebook with its answers.

# %%
import sys
from importlib.metadata import version

import matplotlib.pyplot as plt

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
config

# %% [markdown]
# `Config` holds every variable of the stack and where it is to run. The defaults mean: on this
# machine. You will meet its fields as you need them.

# %% [markdown]
# ## Check your environment
#
# These are the parts that matter most. If this cell fails, the environment is incomplete: run
# `make` in the project's folder once more.

# %%
print("Python", sys.version.split()[0])
{name: version(name) for name in ("boto3", "aws-xray-sdk", "pandas", "networkx", "matplotlib")}

# %% [markdown]
# ## What is in the box
#
# The system under study is a shop made of four Lambda functions:
#
# | what happens | sent by | handled by |
# |---|---|---|
# | `POST /orders/{customerId}` | a client, through API Gateway | `order` |
# | event *Order Created* | `order` | `payment` and `inventory` |
# | event *Payment Processed* | `payment` | `notification` |
# | event *Inventory Updated* | `inventory` | `notification` |
#
# All events go through EventBridge, AWS's event bus, which knows by rules who wants what.
#
# The client hears back as soon as `order` has published its event. The rest happens afterwards,
# in functions that never talk to each other directly. That is exactly the kind of system whose
# behaviour you cannot read from one log file, and what tracing is for.
#
# Where does it run? On an **embedded AWS**: a local server that speaks AWS's own protocols, runs
# the functions as real processes and records their traces as AWS X-Ray would. It starts by itself
# in the next cell and stays up between notebooks. The same code runs on a real account; only the
# `Config` differs.

# %% [markdown]
# ## From nothing to a trace in five calls
#
# **One: create the stack.** Asking for it twice does no harm.

# %%
outputs = tl.deploy.apply(config, progress=bar("apply"))
outputs

# %% [markdown]
# `outputs` says what exists now: the address of the API, the bus, the functions.
#
# **Two: send an order.** The result is a log with one row per request, written by the client.

# %%
log = tl.traffic.fire(outputs, orders=1, seed=1)
log.T

# %% [markdown]
# The trace id in the log came back in a response header. It is the key to everything that
# follows.
#
# **Three: fetch the trace.** Traces are complete only when the last event has been handled, so
# this call waits until nothing new arrives. On AWS that takes seconds to a minute.

# %%
traces = tl.xray.fetch_traces(config, log, progress=bar("traces"))
len(traces), len(traces[0]["Segments"])

# %% [markdown]
# **Four: turn it into a table.** Each service involved sent a *segment*, a small JSON document
# that says what it did and when. A *span* is one line of that story: a segment or a part of one.

# %%
spans = tl.spans.spans_from_traces(traces)
spans[["service", "name", "kind", "duration_s", "status"]].reset_index(drop=True).head(12)

# %% [markdown]
# **Five: draw it.** Time runs from left to right; each bar is a span, each step inwards a call.

# %%
tl.plot.plot_waterfall(spans, log["trace_id"].iloc[0])
plt.show()

# %% [markdown]
# The client's wait ended with the topmost bar. Everything that starts further to the right
# happened behind its back, and yet it is in the same trace.

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
# X-Ray shows more than was sent: for services that send nothing themselves, such as EventBridge,
# it *infers* a segment from the caller's side. How many segments of this trace did services
# really send? The column `kind` tells them apart.

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
