"""The transformer variant of SRE in JAX: loss, and gradient and Hebbian cosine of all 15 maps at every step, SGD with weight
decay. usage: transformer.py SECONDS BATCH; prints steps per second, median over steps. XLA takes its threads from the cores
that it may run on: pin the process with taskset."""
import sys

from pace import steps_per_second

import jax, jax.numpy as jnp

seconds, batch = float(sys.argv[1]), int(sys.argv[2])
VOCABULARY, LENGTH, WIDTH, HEADS, INNER, LAYERS, HEAD = 16, 32, 32, 4, 32, 2, [32, 128, 128, 32]
LEARNING_RATE, WEIGHT_DECAY = 0.1, 5e-4
keys = iter(jax.random.split(jax.random.PRNGKey(0), 200))


def uniform(out, width):
    return jax.random.uniform(next(keys), (out, width), minval=-1, maxval=1) / width**0.5


state = {
    "embedding": jax.random.normal(next(keys), (VOCABULARY, WIDTH)),
    "position": jax.random.normal(next(keys), (LENGTH, WIDTH)),
    "encoder": [
        {
            "maps": [(uniform(o, i), jnp.zeros(o)) for o, i in [(WIDTH, WIDTH)] * 4 + [(INNER, WIDTH), (WIDTH, INNER)]],
            "norms": [(jnp.ones(WIDTH), jnp.zeros(WIDTH)) for _ in range(2)],
        }
        for _ in range(LAYERS)
    ],
    "head": [uniform(o, i) for i, o in zip(HEAD[:-1], HEAD[1:])],
}
tokens = jax.random.randint(next(keys), (4 * batch, LENGTH), 0, VOCABULARY)
targets = jax.random.normal(next(keys), (4 * batch, HEAD[-1])) * 0.1


def norm(x, gain, shift):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return gain * (x - mean) / jnp.sqrt(variance + 1e-5) + shift


def forward(state, tokens, targets):
    pairs = []

    def linear(x, weight, bias=None):
        product = x @ weight.T + (0 if bias is None else bias)
        pairs.append((x.reshape(-1, x.shape[-1]), product.reshape(-1, product.shape[-1])))
        return product

    x = state["embedding"][tokens] + state["position"]
    for layer in state["encoder"]:
        maps = layer["maps"]
        split = lambda y: y.reshape(-1, LENGTH, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)
        q, k, v = [split(linear(x, *maps[i])) for i in range(3)]
        attention = jax.nn.softmax(q @ k.transpose(0, 1, 3, 2) / (WIDTH // HEADS) ** 0.5, axis=-1)
        context = (attention @ v).transpose(0, 2, 1, 3).reshape(-1, LENGTH, WIDTH)
        x = norm(x + linear(context, *maps[3]), *layer["norms"][0])
        x = norm(x + linear(jax.nn.relu(linear(x, *maps[4])), *maps[5]), *layer["norms"][1])
    x = x.mean(1)
    for place, weight in enumerate(state["head"]):
        x = linear(x, weight)
        if place + 1 < len(state["head"]):
            x = jnp.tanh(x)
    return ((x - targets) ** 2).mean(), pairs


@jax.jit
def update(state, tokens, targets):
    (loss, pairs), gradients = jax.value_and_grad(forward, has_aux=True)(state, tokens, targets)
    weights = [g for layer in gradients["encoder"] for g, _ in layer["maps"]] + gradients["head"]
    hebbs = [product.T @ x / x.shape[0] for x, product in pairs]
    cosines = jnp.stack([-(g * h).sum() / jnp.sqrt((g * g).sum() * (h * h).sum()) for g, h in zip(weights, hebbs)])
    step = lambda w, g: w - LEARNING_RATE * (g + WEIGHT_DECAY * w)
    return jax.tree_util.tree_map(step, state, gradients), loss, cosines


def step(place):
    global state
    at = slice(place * batch, (place + 1) * batch)
    state, loss, cosines = update(state, tokens[at], targets[at])
    return float(loss), cosines.tolist()


rate, loss = steps_per_second(step, seconds)
print(f"jax transformer, batch {batch}: {rate:.3f} steps/s; loss {loss:.4f}")
