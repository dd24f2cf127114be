"""Turns the layers of a model into 4-bit ones."""
from torch import nn

from .layers import LuqConv2d, LuqLinear, Options, check_conv, luq_layers

# Exactly these types: a subclass may not use its weight the way its parent does.
_REPLACEMENTS = {nn.Linear: LuqLinear, nn.Conv2d: LuqConv2d}


def convert(model, skip_first_last=True, skip=(), **options):
    """Makes every nn.Linear and nn.Conv2d of `model` a 4-bit layer and returns it.

    Layers change in place and keep their parameters: an optimizer made before still updates them. They are numbered in
    the order of model.named_modules(), which should be that of the forward pass; the first and the last stay as they
    are, as do the names in `skip`. Keywords are `Options`.
    """
    options = Options.of(options)
    layers = [(name, module) for name, module in model.named_modules() if type(module) in _REPLACEMENTS]
    for name in luq_layers(model):
        raise ValueError(f"{name}: converted before; wanted a model of nn.Linear and nn.Conv2d")
    names = [name for name, _ in layers]
    for name in skip:
        if name not in names:
            raise ValueError(f"skip {name}: no such layer; wanted some of {', '.join(names)}")
    kept = set(skip) | ({names[0], names[-1]} if skip_first_last and names else set())
    chosen = [(number, name, module) for number, (name, module) in enumerate(layers) if name not in kept]
    if not chosen:
        raise ValueError(f"layers to convert: none of {', '.join(names) or 'none'} after skipping; wanted at least one")
    for _, name, module in chosen:
        if isinstance(module, nn.Conv2d):
            check_conv(module, name)
    for number, name, module in chosen:
        # The class alone changes: parameters, hooks, buffers and every reference to the module stay.
        module.__class__ = _REPLACEMENTS[type(module)]
        module._set_luq(options, number, name or "layer")
    return model


def set_step(model, step):
    """The step that comes next, for a run that resumes: random numbers depend on it. Hindsight estimates start anew."""
    for layer in luq_layers(model).values():
        layer.luq_step, layer.luq_estimate = step, None
