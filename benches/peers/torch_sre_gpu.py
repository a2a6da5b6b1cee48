"""SRE training of R replicas in PyTorch on a graphics processor: gradient and Hebbian cosine of every layer every step, SGD with
weight decay. Replicas are batched matrix products; where CUDA is there, a step is one CUDA graph, so that launches cost as
little as PyTorch can make them.
usage: torch_sre_gpu.py [replicas] [chunks] [device]; prints replica-steps per second, median of chunks of 78 steps."""
import statistics, sys, time

import torch

replicas = int(sys.argv[1]) if len(sys.argv) > 1 else 1
chunks = int(sys.argv[2]) if len(sys.argv) > 2 else 8
device = sys.argv[3] if len(sys.argv) > 3 else "cuda"
torch.manual_seed(0)
# Full float32 products, as this program's.
torch.backends.cuda.matmul.allow_tf32 = False
SIZES, BATCH, STEPS, LEARNING_RATE, WEIGHT_DECAY = [32, 128, 128, 32], 256, 78, 0.01, 5e-4


def network(count):
    pairs = zip(SIZES[:-1], SIZES[1:])
    return [torch.empty(count, o, i, device=device).uniform_(-(i**-0.5), i**-0.5) for i, o in pairs]


def forward(weights, x):
    activities, products = [], []
    for layer, weight in enumerate(weights):
        activities.append(x)
        product = x @ weight.transpose(1, 2)
        products.append(product)
        x = torch.tanh(product) if layer < 2 else product
    return x, activities, products


weights = [weight.requires_grad_(True) for weight in network(replicas)]
inputs = torch.randn(20000, 32, device=device)
with torch.no_grad():
    targets = forward(network(1), inputs[None])[0][0]
batch = torch.zeros(BATCH, dtype=torch.long, device=device)
cosines, losses = torch.zeros(3, replicas, device=device), torch.zeros(replicas, device=device)


def step():
    x, y = inputs[batch].expand(replicas, -1, -1), targets[batch]
    output, activities, products = forward(weights, x)
    loss = (output - y).square().mean((1, 2))
    gradients = torch.autograd.grad(loss.sum(), weights)
    with torch.no_grad():
        losses.copy_(loss)
        for layer, (weight, gradient, a, p) in enumerate(zip(weights, gradients, activities, products)):
            hebb = p.transpose(1, 2) @ a / BATCH
            norms = gradient.square().sum((1, 2)) * hebb.square().sum((1, 2))
            cosines[layer].copy_(-(gradient * hebb).sum((1, 2)) / norms.sqrt())
            weight.add_(gradient + WEIGHT_DECAY * weight, alpha=-LEARNING_RATE)


if device == "cuda":
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    run, wait, name = graph.replay, torch.cuda.synchronize, torch.cuda.get_device_name()
else:
    run, wait, name = step, lambda: None, device
order = torch.randperm(20000, device=device)[: STEPS * BATCH].reshape(STEPS, BATCH)
times = []
for chunk in range(chunks + 1):
    wait()
    began = time.perf_counter()
    for indices in order:
        batch.copy_(indices)
        run()
    wait()
    # The first chunk warms up.
    if chunk:
        times.append((time.perf_counter() - began) / (STEPS * replicas))
print(f"torch {torch.__version__} on {name} R={replicas}: {1 / statistics.median(times):.0f} replica-steps/s median, "
      f"{1 / min(times):.0f} best; loss {losses.mean().item():.4f} cosines {[round(v, 3) for v in cosines.mean(1).tolist()]}")
