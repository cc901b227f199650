"""The ledger finds each kind of harm: a judge who sees nothing would let everything pass."""

import pytest

from benchmarks.faults.ledger import Copy, Ledger


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def _say(ledger: Ledger, *authors: str) -> list[str]:
    """Texts that were sent and acknowledged in one conversation, in order."""
    texts = [ledger.write(author) for author in authors]
    for seq, text in enumerate(texts, 1):
        ledger.acknowledge(text, "c", seq)
    return texts


def _copy(ledger: Ledger, *shown: tuple[int, str]) -> Copy:
    copy = ledger.copy("c", "g")
    for seq, text in shown:
        copy.show(seq, text)
    return copy


def test_nothing_is_found_where_all_is_well(ledger: Ledger) -> None:
    one, two = _say(ledger, "ana", "ben")
    copy = _copy(ledger, (1, one), (2, two))
    verdict = ledger.judge({"c": [one, two]}, [copy])
    assert [figure for figure in verdict.figures() if not figure.is_met] == []
    assert (verdict.sent, verdict.acknowledged, verdict.stored) == (2, 2, 2)


def test_a_message_that_nobody_acknowledged(ledger: Ledger) -> None:
    ledger.write("ana")
    assert ledger.judge({}, []).unanswered == 1


def test_an_acknowledged_message_that_is_not_in_the_store(ledger: Ledger) -> None:
    one, two = _say(ledger, "ana", "ana")
    assert ledger.judge({"c": [one]}, []).false_acknowledgements == 1
    assert ledger.judge({"c": [one, "another"]}, []).false_acknowledgements == 1
    assert ledger.judge({}, []).false_acknowledgements == 2
    ledger.acknowledge(two, "c", 7)
    assert ledger.judge({"c": [one, two]}, []).false_acknowledgements == 1


def test_a_message_that_somebody_who_is_there_was_not_shown(ledger: Ledger) -> None:
    one, two = _say(ledger, "ana", "ana")
    assert ledger.judge({"c": [one, two]}, [_copy(ledger, (1, one))]).lost == 1
    verdict = ledger.judge({"c": [one, two]}, [_copy(ledger, (2, two))])
    assert (verdict.lost, verdict.gaps) == (1, 1)


def test_a_message_that_was_stored_twice(ledger: Ledger) -> None:
    (one,) = _say(ledger, "ana")
    assert ledger.judge({"c": [one, one]}, []).doubled == 1


def test_a_message_that_was_told_twice(ledger: Ledger) -> None:
    (one,) = _say(ledger, "ana")
    assert ledger.judge({"c": [one]}, [_copy(ledger, (1, one), (1, one))]).told_again == 1


def test_what_comes_on_another_socket_is_told_again_only_if_it_was_not_asked_for(ledger: Ledger) -> None:
    texts = _say(ledger, "ana", "ana", "ana")
    copy = _copy(ledger, (1, texts[0]), (3, texts[2]))
    assert copy.come_back() == 1
    copy.show(2, texts[1])
    copy.show(3, texts[2])
    assert ledger.judge({"c": texts}, [copy]).told_again == 0
    copy.show(1, texts[0])
    assert ledger.judge({"c": texts}, [copy]).told_again == 1


def test_what_comes_after_the_end_of_a_conversation_leaves_no_gap_before_it(ledger: Ledger) -> None:
    texts = _say(ledger, "ana", "ana", "ana", "ana")
    copy = _copy(ledger, (1, texts[0]), (4, texts[3]))
    copy.until = 1
    verdict = ledger.judge({"c": texts}, [copy])
    assert (verdict.gaps, verdict.lost) == (0, 0)
    copy.until = 2
    assert ledger.judge({"c": texts}, [copy]).lost == 1


def test_messages_in_another_order(ledger: Ledger) -> None:
    one, two = _say(ledger, "ana", "ana")
    assert ledger.judge({"c": [two, one]}, []).stored_out_of_order == 1
    assert ledger.judge({"c": [one, two]}, [_copy(ledger, (2, two), (1, one))]).told_out_of_order == 1


def test_what_was_refused_keeps_its_place_only_behind_a_sender_who_waits(ledger: Ledger) -> None:
    one, two, three, four = _say(ledger, "ana", "ana", "ben", "ben")
    ledger.refuse(one, 0.8, overtaken=True)
    ledger.refuse(three, 0.8, overtaken=False)
    assert ledger.judge({"c": [two, one]}, []).stored_out_of_order == 0
    assert ledger.judge({"c": [four, three]}, []).stored_out_of_order == 1
    assert ledger.refused_s == [0.8, 0.8]


def test_another_text_under_a_number_that_was_told(ledger: Ledger) -> None:
    one, two = _say(ledger, "ana", "ana")
    copy = _copy(ledger, (1, one))
    copy.keep(1, two)
    assert ledger.judge({"c": [one, two]}, []).told_out_of_order == 1


def test_numbers_of_another_generation_mean_nothing(ledger: Ledger) -> None:
    one, two = _say(ledger, "ana", "ana")
    copy = _copy(ledger, (1, one), (2, two))
    copy.replace("g2", [{"seq": 1, "text": two}])
    assert copy.texts == {1: two}
    assert copy.rewritten == 0
    copy.show(2, one)
    assert ledger.judge({}, [copy]).told_again == 0


def test_an_acknowledgement_may_overtake_what_others_wrote_before(ledger: Ledger) -> None:
    one, two, three = _say(ledger, "ana", "ben", "ana")
    copy = _copy(ledger)
    copy.keep(3, three)
    copy.replace("g", [{"seq": 1, "text": one}])
    copy.show(2, two)
    assert ledger.judge({"c": [one, two, three]}, [copy]).told_out_of_order == 0
    copy.replace("g", [{"seq": 3, "text": three}])
    copy.show(1, two)
    assert ledger.judge({}, [copy]).told_out_of_order == 1
