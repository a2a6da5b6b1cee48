"""A wide multilayer perceptron in PyTorch or JAX: loss, and gradient and Hebbian cosine of every map at every step, SGD with
weight decay, ReLU, cross-entropy over the last width.
usage: wide.py torch|jax THREADS SECONDS BATCH WIDTHS...; prints steps per second, median over steps."""
import os, sys

from pace import steps_per_second

peer, threads, seconds, batch = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
sizes = [int(width) for width in sys.argv[5:]]
LEARNING_RATE, WEIGHT_DECAY = 0.01, 5e-4
pairs = list(zip(sizes[:-1], sizes[1:]))
last = len(pairs) - 1

if peer == "torch":
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    weights = [torch.randn(o, i).mul_((2 / i) ** 0.5).requires_grad_(True) for i, o in pairs]
    inputs, classes = torch.randn(4 * batch, sizes[0]), torch.randint(sizes[-1], (4 * batch,))

    def step(place):
        x, y = inputs[place * batch : (place + 1) * batch], classes[place * batch : (place + 1) * batch]
        activities, products = [], []
        for layer, weight in enumerate(weights):
            activities.append(x)
            product = x @ weight.T
            products.append(product)
            x = torch.relu(product) if layer < last else product
        loss = torch.nn.functional.cross_entropy(x, y)
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            cosines = []
            for weight, gradient, activity, product in zip(weights, gradients, activities, products):
                hebb = product.T @ activity / batch
                cosines.append(-(gradient * hebb).sum() / (gradient.norm() * hebb.norm()))
                weight.add_(gradient + WEIGHT_DECAY * weight, alpha=-LEARNING_RATE)
        return loss.item(), torch.stack(cosines).tolist()

else:
    # XLA takes its threads from the cores that it may run on: pin the process with taskset.
    import jax, jax.numpy as jnp

    keys = jax.random.split(jax.random.PRNGKey(0), len(pairs) + 2)
    state = [jax.random.normal(k, (o, i)) * (2 / i) ** 0.5 for k, (i, o) in zip(keys, pairs)]
    inputs = jax.random.normal(keys[-2], (4 * batch, sizes[0]))
    classes = jax.random.randint(keys[-1], (4 * batch,), 0, sizes[-1])

    def forward(weights, x, y):
        activities, products = [], []
        for layer, weight in enumerate(weights):
            activities.append(x)
            product = x @ weight.T
            products.append(product)
            x = jax.nn.relu(product) if layer < last else product
        return -jnp.mean(jax.nn.log_softmax(x)[jnp.arange(batch), y]), (activities, products)

    @jax.jit
    def update(weights, x, y):
        (loss, (activities, products)), gradients = jax.value_and_grad(forward, has_aux=True)(weights, x, y)
        hebbs = [product.T @ activity / batch for activity, product in zip(activities, products)]
        cosines = jnp.stack([-(g * h).sum() / jnp.sqrt((g * g).sum() * (h * h).sum()) for g, h in zip(gradients, hebbs)])
        return [w - LEARNING_RATE * (g + WEIGHT_DECAY * w) for w, g in zip(weights, gradients)], loss, cosines

    def step(place):
        global state
        x, y = inputs[place * batch : (place + 1) * batch], classes[place * batch : (place + 1) * batch]
        state, loss, cosines = update(state, x, y)
        return float(loss), cosines.tolist()


rate, loss = steps_per_second(step, seconds)
print(f"{peer} {threads} threads, batch {batch}, {sizes}: {rate:.3f} steps/s; loss {loss:.3f}")
