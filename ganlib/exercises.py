"""The checks at the end of a chapter: a word of praise or a hint, and never a traceback."""


def check(claim, hint):
    """Print whether an exercise is solved, or a hint.

    Args:
        claim: function without arguments that returns whether the reader's answer is right. What
            it raises counts as not yet right; of `NotImplementedError`, which stands in the
            untouched exercise, nothing more is said.
        hint: sentence that helps without giving the answer away.
    """
    try:
        answer = "Right." if claim() else f"Not yet. Hint: {hint}"
    except NotImplementedError:
        answer = f"Not yet. Hint: {hint}"
    except Exception as error:
        answer = f"Not yet, it raised {type(error).__name__}: {error}. Hint: {hint}"
    print(answer)
