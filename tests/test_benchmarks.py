"""The benchmarks' own arithmetic, against hand counts and published figures, and tiny runs."""

import importlib
import itertools
import subprocess
import sys
import threading

import keras
import numpy as np
import psutil
import pytest
from benchmarks import (
    bare,
    devices,
    floor,
    growth,
    imports,
    notebooks,
    overhead,
    peers,
    precision,
    profiling,
    quality,
    race,
    report,
    timing,
    work,
)
from benchmarks.__main__ import PARTS, chosen, disturbance

from ganlib import networks


class TestWork:
    def test_forward_pass_of_the_default_dcgan_by_hand(self):
        generator, discriminator = networks.dcgan()
        counts = [work.forward(layer) for layer in work.multiplying_layers(generator)]
        assert counts == [64 * 7 * 7 * 64, 7 * 7 * 4 * 4 * 64 * 32, 14 * 14 * 4 * 4 * 32]
        counts = [work.forward(layer) for layer in work.multiplying_layers(discriminator)]
        assert counts == [14 * 14 * 4 * 4 * 32, 7 * 7 * 4 * 4 * 32 * 64, 7 * 7 * 64]

    # One hidden unit each: G has layers of 2 and 2 multiply-adds, D of 2 and 1. G: forward 4,
    # by weights 4, by inputs 2. D: forward and by weights 3 for real and fake each, by inputs
    # 1 for each, and 3 back to the sample. The alternating step adds a forward pass of each.
    @pytest.mark.parametrize(
        ("update", "a_sample"),
        [("simultaneous", 10 + 6 + 6 + 2 + 3), ("alternating", 27 + 4 + 3)],
    )
    def test_a_step_of_the_smallest_mlp_by_hand(self, update, a_sample):
        pair = networks.mlp(width=1, depth=1)
        assert work.multiply_adds(*pair, 5, update) == 5 * a_sample

    def test_grows_with_the_area_and_the_width_squared(self):
        small, large, wide = (
            work.multiply_adds(*networks.dcgan((size, size, 1), width=width), 1)
            for size, width in ((28, 64), (56, 64), (28, 128))
        )
        assert large == 4 * small
        assert 3 < wide / small < 4  # the layers next to the image grow as the width


class TestPeers:
    # The figures that `summary` prints in the tutorial and in Keras-GAN's DCGAN.
    @pytest.mark.parametrize(
        ("build", "counts"),
        [
            (peers.tutorial_networks, (2_330_944, 212_865)),
            (peers.keras_gan_networks, (856_193, 393_729)),
        ],
    )
    def test_networks_have_the_published_size(self, build, counts):
        assert tuple(network.count_params() for network in build()) == counts

    @pytest.mark.parametrize("kind", [peers.KerasGAN, peers.KerasGANInGraph])
    def test_both_patterns_of_keras_gan_train_each_player_on_its_turn(self, kind, digits):
        gan = kind(digits[0][:16], 0, 8, networks.mlp((28, 28, 1), width=4, depth=1))
        players = gan.generator, gan.discriminator
        before = [weights for network in players for weights in network.get_weights()]
        gan.train(1)
        after = [weights for network in players for weights in network.get_weights()]
        for a, b in zip(before, after, strict=True):
            assert np.isfinite(b).all() and not np.array_equal(a, b)
        assert gan.discriminator.optimizer.iterations == 2 * 2
        assert gan.combined.optimizer.iterations == 2
        # Adam's count and rate, and two moments of each of the generator's weights only
        assert len(gan.combined.optimizer.variables) == 2 + 2 * len(gan.generator.weights)

    def test_tutorial_updates_both_players_once_a_step(self, digits, monkeypatch):
        small = lambda: networks.mlp((28, 28, 1), latent_dim=100, width=4, depth=1)  # noqa: E731
        monkeypatch.setattr(peers, "tutorial_networks", small)
        tutorial = peers.Tutorial(digits[0][:16], batch_size=8)
        tutorial.train(1)
        assert [int(optimizer.iterations) for optimizer in tutorial.optimizers] == [2, 2]

    def test_pytorch_updates_both_players_once_a_step(self, digits, monkeypatch):
        torch = pytest.importorskip("torch")
        from benchmarks import peers_torch

        monkeypatch.setattr(peers_torch, "WIDTH", 2)
        monkeypatch.setattr(peers_torch, "BATCH_SIZE", 8)
        gan = peers_torch.PyTorch(digits[0][:16])
        players = gan.generator, gan.discriminator
        before = [weight.detach().clone() for network in players for weight in network.parameters()]
        gan.train(1)
        after = [weight for network in players for weight in network.parameters()]
        for a, b in zip(before, after, strict=True):
            assert torch.isfinite(b).all() and not torch.equal(a, b)
        for optimizer in gan.optimizers:
            assert {int(state["step"]) for state in optimizer.state.values()} == {2}
        assert gan.library == f"PyTorch {torch.__version__}"

    def test_pytorch_lays_a_border_around_images_and_takes_it_off_samples(
        self, digits, monkeypatch
    ):
        torch = pytest.importorskip("torch")
        from benchmarks import peers_torch

        monkeypatch.setattr(peers_torch, "WIDTH", 2)
        gan = peers_torch.PyTorch(digits[0][:16])
        assert gan.images.shape == (16, 1, 32, 32) and gan.images[:, :, :2].eq(-1).all()
        np.testing.assert_array_equal(gan.images[:, 0, 2:-2, 2:-2], digits[0][:16, ..., 0])
        gan.generator = torch.nn.Upsample(scale_factor=32)  # one pixel becomes 32 × 32
        noise = np.linspace(-1, 1, 600, dtype="float32")[:, None]
        samples = gan.generate(noise)
        assert samples.shape == (600, 28, 28, 1)
        np.testing.assert_array_equal(
            samples, np.broadcast_to(noise[..., None, None], samples.shape)
        )


class TestRace:
    class Improving:
        """Its FID falls with every epoch, to that of the real images themselves."""

        latent_dim = 2

        def __init__(self, images):
            self.images, self.epochs = images, 0

        def train(self, epochs):
            self.epochs += epochs

        def generate(self, noise):
            noise = np.random.default_rng(0).uniform(-1, 1, self.images.shape)
            share = min(1, self.epochs / 4)
            return (share * self.images + (1 - share) * noise).astype("float32")

    def test_stops_at_the_last_level(self, digits):
        course = race.race(self.Improving(digits[0][:200]), digits[0][:200], budget=60)
        assert 2 <= len(course) <= 4
        assert course[-1][-1] <= 15 < course[-2][-1]

    def test_stops_at_the_end_of_the_budget(self, digits):
        course = race.race(self.Improving(digits[0][:200]), digits[0][:200], budget=0)
        assert len(course) == 1 and course[0][-1] > 30

    def test_measures_at_growing_distances(self):
        epochs = list(itertools.islice(race.epochs_to_measure(), 20))
        assert epochs[:10] == list(range(1, 11))
        assert epochs[10:15] == [11, 12, 13, 14, 15]
        assert all(0.05 * a < b - a < 0.15 * a for a, b in itertools.pairwise(epochs[10:]))

    def test_pace_times_all_contenders_in_turns(self, monkeypatch):
        trained = []

        class Contender:
            def __init__(self, name):
                self.name = name

            def train(self, epochs):
                trained.append((self.name, epochs))

        make = lambda name: lambda images, seed: Contender(name)  # noqa: E731
        monkeypatch.setattr(race, "CONTENDERS", {name: make(name) for name in "ab"})
        record = race.pace(np.zeros((7, 2)), rounds=2)
        assert trained == [("a", 1), ("b", 1)] * 3
        assert record["images"] == 7 and set(record["first"]) == {"a", "b"}
        assert {name: len(seconds) for name, seconds in record["later"].items()} == {"a": 2, "b": 2}

    def test_a_run_of_another_day_takes_what_its_epochs_cost_in_turns(self):
        course = [[1, 100.0, 300.0], [3, 900.0, 20.0]]
        runs = {
            "digits/ganlib/0": {"images": 10, "course": course},
            "mnist_t10k/ganlib/0": {"images": 50, "course": course},
            "digits/pytorch/0": {"images": 10, "course": course},
        }
        pace = {"images": 10, "first": {"ganlib": 7.0}, "later": {"ganlib": [2.0, 1.0, 9.0]}}
        # the first epoch has 5 s for tracing beside the 2 s of an epoch of 10 images
        assert race.on_one_clock(runs | {"pace": pace}) == {
            "digits": {"ganlib": [[(7, 300), (11, 20)]]},
            "mnist_t10k": {"ganlib": [[(15, 300), (35, 20)]]},
        }
        own = [(100, 300), (900, 20)]
        assert race.on_one_clock(runs) == {
            "digits": {"ganlib": [own], "pytorch": [own]},
            "mnist_t10k": {"ganlib": [own]},
        }
        epoch, first, *_ = race.rows(runs | {"pace": pace})
        assert epoch.case == "an epoch of the digits: ganlib"
        assert epoch.measured == "2 s CPU (1.5–5.5)"
        assert first.measured == "11 s CPU, seed 11"

    def test_a_row_tells_the_seeds_and_how_far_those_are_that_did_not_get_there(self):
        ends = {"ganlib/0": (4, 9), "keras-gan/0": (50, 39), "keras-gan/1": (50, 50)}
        ends |= {"keras-gan/2": (20, 29), "tutorial/0": (50, 30.01)}
        records = {
            f"digits/{case}": {"course": [[1, 2.0, 400.0], [2, cpu, fid], [3, 60.0, fid + 5]]}
            for case, (cpu, fid) in ends.items()
        }
        ours, alone, theirs = list(race.rows(records))[:3]
        assert ours.measured == "4 s CPU, seed 4" and ours.met() is None
        assert theirs.measured == (
            "more than 60 s CPU, seeds > 60, > 60, 20 (FID 39.00 at best by then)"
        )
        assert theirs.ratio == 15 and theirs.lower_bound and theirs.met() is True
        assert alone.measured == "more than 60 s CPU, seed > 60 (FID 30.01 at best by then)"
        assert alone.ratio == 15 and alone.met() is None  # of 50 times

    def test_draws_a_line_for_each_run_in_the_panel_of_its_data(self):
        courses = {
            "mnist_t10k/tutorial/0": [[1, 60.0, 400.0]],
            "digits/pytorch/0": [[1, 50.0, 300.0]],
            "digits/ganlib/1": [[1, 5.0, 80.0]],
            "digits/ganlib/0": [[1, 4.0, 90.0], [2, 8.0, 12.0]],
        }
        figure = race.draw({case: {"course": course} for case, course in courses.items()})
        drawn = [
            (axes.get_title().split(":")[0], line.get_label(), line.get_xydata().tolist())
            for axes in figure.axes
            for line in axes.lines
            if not line.get_label().startswith("_")
        ]
        assert drawn == [
            ("digits", "ganlib", [[4, 90], [8, 12]]),
            ("digits", "ganlib", [[5, 80]]),
            ("digits", "PyTorch's tutorial", [[50, 300]]),
            ("MNIST's test split", "TensorFlow's tutorial", [[60, 400]]),
        ]
        assert set(race.DRAWN) >= set(race.CONTENDERS)

    @pytest.mark.parametrize(
        ("taken", "expected"),
        [((3, 9, 5), (5, True)), ((3, None, 5), (5, True)), ((None, None, 5), (20, False))],
    )
    def test_median_knows_what_is_only_a_bound(self, taken, expected):
        runs = [[(20, 99)] if cpu is None else [(2, 99), (cpu, 30)] for cpu in taken]
        assert race.median(runs, 30) == expected


class TestTiming:
    def test_takes_turns_and_leaves_out_the_warm_up(self):
        order = []
        calls = {name: lambda name=name: order.append(name) for name in "ab"}
        clock, cpu = timing.alternate(calls, rounds=2)
        assert order == list("ababab")
        assert {len(times) for times in (*clock.values(), *cpu.values())} == {2}

    def test_names_the_median_and_the_quartiles(self):
        assert timing.text(timing.quartiles([1, 2, 3, 4, 5]), "s", 1) == "3 s (2–4)"
        assert timing.text([1.2345, 0.5, 2.0]) == "1,230 ms (500–2,000)"


class TestTinyRuns:
    def test_overhead(self, digits):
        build = lambda: networks.mlp((28, 28, 1), width=4, depth=1)  # noqa: E731
        steps = dict.fromkeys(("bare loop", "without averaging", "eager", "train_on_batch"), 2)
        calls = overhead.contenders(build, digits[0][:16], 8, steps, epochs=1)
        clock, _ = timing.alternate(calls, rounds=1)
        assert min(clock.values()) > 0
        record = {name: timing.quartiles(times) for name, times in clock.items()}
        records = {"mlp": {"seconds": record, "cpu": record, "batch_size": 8}}
        assert all(row.ratio > 0 for row in overhead.rows(records) if row.goal)

    def test_the_bare_loop_does_as_many_steps_as_it_is_told(self, digits):
        pair = networks.dcgan(width=2, latent_dim=3)
        loop = bare.Bare(pair, digits[0][:16], 8, 0.9, bare.adam)
        loop.steps(3)
        assert [int(optimizer.iterations) for optimizer in loop.optimizers] == [3, 3]

    def test_products_of_a_step_have_the_shapes_of_their_layers(self):
        pair = networks.dcgan(width=2, latent_dim=3)
        for name, operation, times in floor.products(*pair, 2):
            assert np.isfinite(operation(1)) and times in (1, 2, 3), name

    def test_devices_share_the_batch(self):
        record = devices.measure("dcgan", quick=True)
        assert (record["devices"], record["kind"], record["batch_size"]) == (2, "CPU", 64)
        (row,) = devices.rows({"dcgan": record})
        assert row.ratio > 0 and row.case.startswith("dcgan, batch 64: 2 CPUs / one")

    def test_the_profile_finds_the_matrix_product(self):
        a = keras.random.normal((512, 512))
        product = floor.repeated(keras.ops.matmul, a, a)
        product(1)
        assert profiling.shares(lambda: product(20))["matrix products"] > 0.9


class TestNotebooks:
    def test_the_series_is_held_to_its_time_in_both_ways(self):
        records = {
            "b": {"seconds": 1000, "gigabytes": 1.6},
            "a": {"seconds": 80, "gigabytes": 1.0},
            notebooks.SERIES: {"seconds": 900},
        }
        found = {row.case: (row.measured, row.met()) for row in notebooks.rows(records)}
        assert found == {
            "a: seconds": ("80 s", True),
            "a: memory": ("1.00 GB", True),
            "b: seconds": ("1000 s", False),
            "b: memory": ("1.60 GB", False),
            "the whole series, one after another: minutes": (
                "18.0 minutes for 2 notebooks",
                True,
            ),
            "the whole series, two at a time: minutes": ("15.0 minutes for 2 notebooks", True),
        }

    def test_runs_all_two_at_a_time(self, monkeypatch):
        together = threading.Barrier(2, timeout=60)  # broken unless two run at once
        ran = []

        def run(name):
            together.wait()
            ran.append(name)

        monkeypatch.setattr(notebooks, "run", run)
        monkeypatch.setattr(notebooks, "cases", lambda quick: [*"abcd", notebooks.SERIES])
        assert notebooks.measure(notebooks.SERIES, False)["seconds"] > 0
        assert sorted(ran) == list("abcd")

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells each process's part")
    def test_pages_that_processes_share_count_once(self):
        block = "import os, time; block = bytearray(b'x') * 200_000_000; os.fork()"
        inner = f"{block}; print(end='.', flush=True); time.sleep(60)"
        outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
        with subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE) as process:
            assert process.stdout.read(2) == b".."
            parent = psutil.Process(process.pid)
            measured = notebooks.resident(parent)
            for each in (*parent.children(recursive=True), parent):
                each.kill()
        assert 200e6 < measured < 260e6  # the block, and two interpreters


class TestPrecision:
    def record(self, **fid):
        return {"mixed_bfloat16": {"step": {"float32": [2] * 3, "mixed_bfloat16": [1] * 3}, **fid}}

    # float32's median is 5 and its range 2.
    @pytest.mark.parametrize(
        ("fid", "apart", "met"), [([4.0, 6.0, 5.5], 0.25, True), ([8.0, 7.5, 9.0], 1.5, False)]
    )
    def test_fid_may_differ_by_what_seeds_do(self, fid, apart, met):
        fids = {"float32": [5.0, 4.0, 6.0], "mixed_bfloat16": fid}
        speed, row = precision.rows(self.record(fid=fids))
        assert speed.ratio == 2 and speed.met() is True
        assert row.ratio == apart and row.met() is met

    def test_where_the_hardware_is_not_made_for_it_the_speed_alone_is_told(self):
        (speed,) = precision.rows(self.record())
        assert speed.ratio == 2 and speed.met() is None


class TestReport:
    def test_a_goal_is_met_or_missed_or_open(self):
        below, above = ("<=", 1.3), (">=", 50)
        rows = [
            report.Row("", "", 1.2, below),
            report.Row("", "", 1.4, below),
            report.Row("", "", 40, above),
            report.Row("", "", 40, above, lower_bound=True),
            report.Row("", "", 60, above, lower_bound=True),
            report.Row("", "", 60),
        ]
        assert [row.met() for row in rows] == [True, False, False, None, True, None]

    def test_each_row_has_as_many_cells_as_the_head(self):
        rows = [report.Row("a", "1 ms", 1.2, ("<=", 1.3)), report.Row("b", "2 ms")]
        assert {line.count("|") for line in report.markdown(rows).splitlines()} == {6}

    def test_the_readme_has_the_markers(self):
        page = (report.ROOT / "README.md").read_text(encoding="utf-8")
        assert report.put_between_markers("x", page).count("x") >= 1
        with pytest.raises(ValueError, match="Expected a page with"):
            report.put_between_markers("x", "a page without them")

    @pytest.mark.parametrize(("others", "met"), [(0.05, "no"), (0.25, "open")])
    def test_the_table_names_machine_and_disturbance(self, others, met):
        about = {"machine": "a machine", "date": "2026-01-01", "quick": False, "others": others}
        growing = {"values": [16, 32], "steps": [[1, 1, 1], [2, 2, 2]], "floors": [0.5, 1.0]}
        importing = {"seconds": {"import keras": [4, 4, 4], "import ganlib": [5, 5, 5]}}
        results = {"growth": {"batch": growing | about}, "imports": {"all": importing | about}}
        text = report.table({"growth": growth, "imports": imports}, results)
        assert f"| import ganlib | 5 s (5–5) | 1.25 | ≤ 1.15 | {met} |" in text
        assert f"a machine (2026-01-01); other processes took up to {others:.0%}"[:-1] in text
        assert "growth.png" in text
        assert len(growth.draw(results["growth"]).axes) == 1

    def test_one_machine_is_named_once_with_all_days_and_libraries(self):
        about = {"machine": "a machine", "date": "2026-01-02", "quick": False, "others": 0.5}
        records = {
            "one": about,
            "two": about | {"date": "2026-01-01", "library": "PyTorch 2"},
            "three": about | {"machine": "another", "others": 0},
        }
        assert report.measured_on(records) == (
            "a machine (2026-01-01, 2026-01-02); another (2026-01-02); PyTorch 2; "
            "other processes took up to 50 % of it."
        )

    def test_a_folded_table_shows_each_parts_title(self):
        about = {"machine": "a machine", "date": "2026-01-01", "quick": False, "others": 0}
        record = {"seconds": {"import keras": [4, 4, 4]}} | about
        records = {"overhead": {}, "imports": {"all": record}}
        text = report.table({"overhead": overhead, "imports": imports}, records, folded=True)
        head, empty, first, *_ = text.splitlines()
        assert head.startswith("<details><summary><b>imports</b>: Time to import ganlib")
        assert head.endswith("</summary>") and empty == "" and first.startswith("| measured |")
        assert text.splitlines()[-2:] == ["", "</details>"]

    def test_a_new_record_replaces_its_own_case_only(self, tmp_path):
        path = tmp_path / "results" / "bench.json"
        assert report.load(path) == {}
        for part, case, value in (("a", "x", 1), ("a", "y", 2), ("b", "x", 3), ("a", "x", 4)):
            report.add(part, case, {"value": value}, path)
        assert report.load(path) == {
            "a": {"x": {"value": 4}, "y": {"value": 2}},
            "b": {"x": {"value": 3}},
        }


def test_the_readme_shows_the_results_that_are_kept():
    parts = {name: importlib.import_module(f"benchmarks.{name}") for name in PARTS}
    page = report.README.read_text(encoding="utf-8")
    shown = report.table(parts, report.load(report.SHOWN), folded=True)
    assert report.put_between_markers(shown, page) == page


def test_a_name_chooses_a_part_or_a_case():
    parts = {"growth": growth, "imports": imports, "race": race, "notebooks": notebooks}
    assert chosen(parts, ["imports"], True) == [("imports", "all")]
    assert ("race", "digits/ganlib/0") in chosen(parts, ["race/digits"], True)
    assert chosen(parts, ["growth/size", "imports"], True)[0] == ("growth", "size")
    assert chosen(parts, ["none"], True) == []
    with pytest.raises(ValueError, match="Expected a PART"):
        chosen(parts, ["digits"], True)


def test_every_case_of_quality_has_a_recipe():
    assert {case.split("/")[0] for case in quality.cases(False)} <= set(quality.STEPS)


def test_other_processes_take_a_share_of_the_machine():
    with disturbance() as seen:
        pass
    assert seen["others"] >= 0
