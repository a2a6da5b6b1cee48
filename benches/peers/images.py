"""The CNN of Figure 10 or ResNet-18 (CIFAR stem) in PyTorch: loss, and gradient and Hebbian cosine of every map at every step, those
of convolutions included (patches are samples), SGD with weight decay, cross-entropy.
usage: images.py cnn|resnet-18 THREADS SECONDS BATCH [--gradient-only]; prints steps per second, median over steps, and the
largest resident set. With --gradient-only nothing is measured: what the step itself costs."""
import resource, sys

from pace import steps_per_second

import torch
import torch.nn.functional as F

kind, threads, seconds, batch = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
measures = "--gradient-only" not in sys.argv
LEARNING_RATE, WEIGHT_DECAY = (0.1, 5e-3) if kind == "cnn" else (0.01, 5e-4)
torch.set_num_threads(threads)
torch.manual_seed(0)
maps = []  # (weight, input, pre-activation, stride, padding) of the step


def convolve(x, weight, bias=None, stride=1, padding=1):
    product = F.conv2d(x, weight, bias, stride, padding)
    maps.append((weight, x, product, stride, padding))
    return product


def linear(x, weight, bias):
    product = F.linear(x, weight, bias)
    maps.append((weight, x, product, None, None))
    return product


parameters = []


def parameter(*shape, scale):
    parameters.append((torch.randn(*shape) * scale).requires_grad_(True))
    return parameters[-1]


def layer(*shape, bias=True):
    inputs = torch.Size(shape[1:]).numel()
    weight = parameter(*shape, scale=(2 / inputs) ** 0.5)
    return (weight, parameter(shape[0], scale=0.0)) if bias else (weight, None)


if kind == "cnn":
    convolutions = [layer(o, i, 3, 3) for i, o in [(3, 32), (32, 64), (64, 128)]]
    head = [layer(o, i) for i, o in [(2048, 512), (512, 256), (256, 10)]]

    def forward(x):
        for weight, bias in convolutions:
            x = F.max_pool2d(torch.relu(convolve(x, weight, bias)), 2)
        x = x.flatten(1)
        for place, (weight, bias) in enumerate(head):
            x = linear(x, weight, bias)
            x = torch.relu(x) if place + 1 < len(head) else x
        return x

else:

    def norm(channels):
        running = (torch.zeros(channels), torch.ones(channels))
        gain = torch.ones(channels, requires_grad=True)
        shift = torch.zeros(channels, requires_grad=True)
        parameters.extend([gain, shift])
        return lambda x: F.batch_norm(x, *running, gain, shift, training=True)

    stem, stem_norm = layer(64, 3, 3, 3, bias=False), norm(64)
    blocks = []
    width = 64
    for stage, channels in enumerate([64, 128, 256, 512]):
        for block in range(2):
            stride = 2 if stage > 0 and block == 0 else 1
            first, second = layer(channels, width, 3, 3, bias=False), layer(channels, channels, 3, 3, bias=False)
            shortcut = layer(channels, width, 1, 1, bias=False) if stride == 2 else None
            blocks.append((stride, first, norm(channels), second, norm(channels), shortcut, norm(channels) if shortcut else None))
            width = channels
    head = [layer(o, i) for i, o in [(512, 512), (512, 256), (256, 10)]]

    def forward(x):
        x = torch.relu(stem_norm(convolve(x, stem[0])))
        for stride, first, first_norm, second, second_norm, shortcut, shortcut_norm in blocks:
            y = torch.relu(first_norm(convolve(x, first[0], stride=stride)))
            y = second_norm(convolve(y, second[0]))
            x = torch.relu(y + (shortcut_norm(convolve(x, shortcut[0], stride=stride, padding=0)) if shortcut else x))
        x = x.mean((2, 3))
        for place, (weight, bias) in enumerate(head):
            x = linear(x, weight, bias)
            x = torch.relu(x) if place + 1 < len(head) else x
        return x


images, classes = torch.rand(4 * batch, 3, 32, 32), torch.randint(10, (4 * batch,))


def step(place):
    maps.clear()
    x, y = images[place * batch : (place + 1) * batch], classes[place * batch : (place + 1) * batch]
    loss = F.cross_entropy(forward(x), y)
    gradients = torch.autograd.grad(loss, parameters)
    cosines = []
    with torch.no_grad():
        if measures:
            of = {id(p): g for p, g in zip(parameters, gradients)}
            for weight, inputs, product, stride, padding in maps:
                gradient = of[id(weight)]
                if stride is None:
                    hebb = product.T @ inputs / batch
                else:
                    # The Hebbian update of a convolution is its weight gradient with the pre-activation for a delta.
                    hebb = torch.nn.grad.conv2d_weight(inputs, weight.shape, product, stride, padding) / batch
                cosines.append(-(gradient * hebb).sum() / (gradient.norm() * hebb.norm()))
        for p, g in zip(parameters, gradients):
            p.add_(g + WEIGHT_DECAY * p, alpha=-LEARNING_RATE)
        return loss.item(), torch.stack(cosines).tolist() if measures else None


rate, loss = steps_per_second(step, seconds)
held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(f"PyTorch {threads} threads, {kind}, batch {batch}: {rate:.3f} steps/s; loss {loss:.3f}; {held:.2f} GB")
