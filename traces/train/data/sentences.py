"""Writes sentences.txt: simple English sentences, one a line, every choice in them drawn from a fixed generator.

usage: sentences.py > sentences.txt
On stderr it prints the bits of all choices per character: no model can predict the text with fewer, on average.
"""
import math
import sys

ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen").split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
# What may come in numbers, with its plural.
ANIMALS = [("fox", "foxes"), ("goose", "geese"), ("wolf", "wolves"), ("sheep", "sheep"), ("cat", "cats"),
           ("mouse", "mice"), ("heron", "herons"), ("pony", "ponies")]
COLOURS = ["red", "white", "black", "grey", "old", "young", "small", "hungry"]
# A verb for one, for several, and where it happens.
ACTIONS = [("sleeps", "sleep", ["under the bridge", "in the barn", "behind the mill"]),
           ("waits", "wait", ["at the gate", "by the river", "in front of the house"]),
           ("runs", "run", ["across the field", "through the village", "along the wall"]),
           ("swims", "swim", ["in the pond", "down the river", "around the island"])]
PEOPLE = [("Anna", "she"), ("Tom", "he"), ("Mary", "she"), ("Peter", "he"), ("the miller", "he"), ("the queen", "she")]
PLACES = ["in the garden", "on the hill", "at the market", "in the kitchen", "near the well"]
GOODS = ["bread", "salt", "wool", "honey", "cheese", "candles"]


class Choices:
    """Numbers from a linear congruential generator, and the bits that they told."""

    def __init__(self):
        self.state, self.bits = 1, 0.0

    def below(self, n):
        self.state = (6364136223846793005 * self.state + 1442695040888963407) % 2**64
        self.bits += math.log2(n)
        return (self.state >> 32) * n >> 32

    def of(self, options):
        return options[self.below(len(options))]


def number(n):
    if n < 20:
        return ONES[n]
    return TENS[n // 10 - 2] + ("-" + ONES[n % 10] if n % 10 else "")


def capital(text):
    return text[0].upper() + text[1:]


def animals(c):
    n = 1 + c.below(20)
    animal, several = c.of(ANIMALS)
    colour = c.of(COLOURS)
    verb, verbs, places = c.of(ACTIONS)
    return f"{capital(number(n))} {colour} {animal if n == 1 else several} {verb if n == 1 else verbs} {c.of(places)}."


def addition(c):
    a, b = 1 + c.below(20), 1 + c.below(20)
    return f"{capital(number(a))} and {number(b)} make {number(a + b)}."


def week(c):
    day = c.below(7)
    person, pronoun = c.of(PEOPLE)
    return (f"On {DAYS[day]} {person} sold {c.of(GOODS)}, and on {DAYS[(day + 1) % 7]} {pronoun} stayed "
            f"{c.of(PLACES)}.")


def question(c):
    asked, pronoun = c.of(PEOPLE)
    asks, _ = c.of(PEOPLE)
    return f'"Where is {asked}?" said {asks}. "{capital(pronoun)} is {c.of(PLACES)}."'


def main():
    choices, lines = Choices(), []
    for _ in range(1600):
        lines.append(choices.of([animals, addition, week, question])(choices) + "\n")
    text = "".join(lines)
    sys.stdout.write(text)
    print(f"{len(text)} characters, {choices.bits / len(text):.4f} bits each", file=sys.stderr)


if __name__ == "__main__":
    main()
