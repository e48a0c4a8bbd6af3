"""What customers write, in three languages: sentences by theme, joined from parts."""

import math
from dataclasses import dataclass

from cx_warehouse.demo.dice import Dice


@dataclass(frozen=True)
class Voice:
    """The words of one language; `praise` and `blame` are by theme."""

    openings: tuple[str, ...]
    closings: tuple[str, ...]
    praise: dict[str, tuple[str, ...]]
    blame: dict[str, tuple[str, ...]]
    reach_me: tuple[str, ...]
    answers: tuple[str, ...]
    thanks: tuple[str, ...]


ENGLISH = Voice(
    openings=("", "", "Honestly, ", "In short: ", "All in all, ", "After a year: ", "To be fair, "),
    closings=(
        "",
        "",
        " Thank you.",
        " Please keep it that way.",
        " That is what matters to us.",
        " My colleagues agree.",
    ),
    praise={
        "price": (
            "the price is fair for what we get",
            "we save money every month",
            "the cost is easy to plan",
            "good value compared with others",
        ),
        "speed": (
            "you reply within the hour",
            "answers come faster than we expect",
            "urgent matters are handled at once",
            "never had to wait long",
        ),
        "staff": (
            "your people are patient and kind",
            "the agent understood the problem straight away",
            "support talks like a colleague",
            "friendly and competent every time",
        ),
        "quality": (
            "it simply works",
            "no outage in months",
            "the reports are always right",
            "reliable even at month end",
        ),
        "usability": (
            "new colleagues learn it in a morning",
            "everything is where I look for it",
            "the search saves me hours",
            "clear screens, no manual needed",
        ),
        "onboarding": (
            "the start was smooth and well guided",
            "the data was moved over in two days",
            "the training day was worth it",
            "setup took less than a week",
        ),
        "invoices": (
            "invoices are clear and on time",
            "billing has never been wrong",
            "the yearly statement is a pleasure",
            "payment terms suit us",
        ),
        "trust": (
            "you keep your promises",
            "we trust you with our data",
            "you admit mistakes openly",
            "we always know where we stand",
        ),
    },
    blame={
        "price": (
            "the price went up again without more in return",
            "it has become too expensive for a small firm",
            "we pay for features we never use",
            "others offer the same for less",
        ),
        "speed": (
            "we waited two days for a first answer",
            "nobody replied until I wrote again",
            "urgent tickets sit in a queue",
            "replies used to take an hour, now a day",
        ),
        "staff": (
            "every time a new person asks the same questions",
            "the answer was copied and did not fit",
            "I felt brushed off",
            "the agent closed the ticket without solving it",
        ),
        "quality": (
            "exports break every other week",
            "the numbers in the report do not add up",
            "it was down on our busiest day",
            "the same error came back after the update",
        ),
        "usability": (
            "too many clicks for a simple task",
            "I cannot find anything since the redesign",
            "the mobile version is hard to use",
            "settings are hidden in odd places",
        ),
        "onboarding": (
            "we were left alone after the first week",
            "moving our data took a month",
            "training was far too general",
            "setup dragged on past the date agreed",
        ),
        "invoices": (
            "the invoice was wrong again",
            "we were charged twice",
            "nobody could explain the extra line",
            "the invoice arrives after it is due",
        ),
        "trust": (
            "a promised call never came",
            "we learned of the change from a third party",
            "nobody told us about the outage",
            "I am not sure who sees our data",
        ),
    },
    reach_me=(" Write to me at {email}.", " Call me on {phone}."),
    answers=(
        "Done on our side, please check.",
        "Could you send a screenshot?",
        "We corrected it, sorry for the trouble.",
        "Please try the steps in this guide.",
        "I passed it to a specialist and will report back.",
        "It is fixed with today's update.",
    ),
    thanks=(
        "Thanks, works now.",
        "Perfect, thank you!",
        "Here is the screenshot.",
        "Still the same, please look again.",
        "Any news on this?",
    ),
)

RUSSIAN = Voice(
    openings=(
        "",
        "",
        "Честно говоря, ",
        "Если коротко: ",
        "В целом ",
        "После года работы: ",
        "Справедливости ради, ",
    ),
    closings=(
        "",
        "",
        " Спасибо.",
        " Пусть так и останется.",
        " Для нас это главное.",
        " Коллеги согласны.",
    ),
    praise={
        "price": (
            "цена честная за то, что мы получаем",
            "мы экономим каждый месяц",
            "расходы легко планировать",
            "выгоднее, чем у других",
        ),
        "speed": (
            "вы отвечаете в течение часа",
            "ответ приходит быстрее, чем ждём",
            "срочные вопросы решаются сразу",
            "долго ждать не приходилось ни разу",
        ),
        "staff": (
            "у вас терпеливые и доброжелательные люди",
            "специалист сразу понял проблему",
            "поддержка говорит по-человечески",
            "всегда вежливо и по делу",
        ),
        "quality": (
            "всё просто работает",
            "ни одного сбоя за несколько месяцев",
            "отчёты всегда сходятся",
            "надёжно даже в конце месяца",
        ),
        "usability": (
            "новые сотрудники разбираются за утро",
            "всё на своих местах",
            "поиск экономит часы",
            "понятно без инструкции",
        ),
        "onboarding": (
            "запуск прошёл гладко",
            "данные перенесли за два дня",
            "обучение того стоило",
            "настройка заняла меньше недели",
        ),
        "invoices": (
            "счета понятные и приходят вовремя",
            "ни одной ошибки в счетах",
            "годовая сверка проходит легко",
            "условия оплаты удобные",
        ),
        "trust": (
            "вы держите слово",
            "мы доверяем вам свои данные",
            "вы открыто признаёте ошибки",
            "мы всегда знаем, чего ждать",
        ),
    },
    blame={
        "price": (
            "цена снова выросла, а возможностей не прибавилось",
            "для маленькой фирмы стало слишком дорого",
            "платим за функции, которыми не пользуемся",
            "у других то же самое дешевле",
        ),
        "speed": (
            "первого ответа ждали два дня",
            "никто не ответил, пока не написали снова",
            "срочные обращения стоят в очереди",
            "раньше отвечали за час, теперь за сутки",
        ),
        "staff": (
            "каждый раз новый человек задаёт те же вопросы",
            "ответ был скопирован и не подошёл",
            "от меня просто отмахнулись",
            "обращение закрыли, не решив вопрос",
        ),
        "quality": (
            "выгрузка ломается через неделю",
            "цифры в отчёте не сходятся",
            "сервис лежал в самый занятый день",
            "та же ошибка вернулась после обновления",
        ),
        "usability": (
            "слишком много кликов для простой задачи",
            "после обновления ничего не найти",
            "с телефона пользоваться неудобно",
            "настройки спрятаны в странных местах",
        ),
        "onboarding": (
            "после первой недели нас оставили одних",
            "перенос данных занял месяц",
            "обучение было слишком общим",
            "запуск затянулся дольше обещанного",
        ),
        "invoices": (
            "в счёте снова ошибка",
            "деньги списали дважды",
            "никто не объяснил лишнюю строку",
            "счёт приходит после срока оплаты",
        ),
        "trust": (
            "обещали перезвонить и не перезвонили",
            "об изменениях узнали от чужих людей",
            "о сбое нас не предупредили",
            "непонятно, кто видит наши данные",
        ),
    },
    reach_me=(" Напишите мне: {email}.", " Позвоните: {phone}."),
    answers=(
        "С нашей стороны готово, проверьте, пожалуйста.",
        "Пришлите, пожалуйста, снимок экрана.",
        "Исправили, извините за неудобства.",
        "Попробуйте шаги из инструкции.",
        "Передал специалисту, вернусь с ответом.",
        "Исправлено в сегодняшнем обновлении.",
    ),
    thanks=(
        "Спасибо, заработало.",
        "Отлично, благодарю!",
        "Отправляю снимок экрана.",
        "Всё по-прежнему, посмотрите ещё раз.",
        "Есть новости?",
    ),
)

LITHUANIAN = Voice(
    openings=(
        "",
        "",
        "Atvirai sakant, ",
        "Trumpai: ",
        "Apskritai ",
        "Po metų: ",
        "Tiesą pasakius, ",
    ),
    closings=("", "", " Ačiū.", " Taip ir toliau.", " Mums tai svarbiausia.", " Kolegos sutinka."),
    praise={
        "price": (
            "kaina atitinka tai, ką gauname",
            "kas mėnesį sutaupome",
            "išlaidas lengva planuoti",
            "geriau nei kitų pasiūlymai",
        ),
        "speed": (
            "atsakote per valandą",
            "atsakymas ateina greičiau, nei tikimės",
            "skubūs klausimai sprendžiami iškart",
            "niekada neteko ilgai laukti",
        ),
        "staff": (
            "jūsų žmonės kantrūs ir malonūs",
            "specialistas iškart suprato bėdą",
            "pagalba kalba žmoniškai",
            "visada mandagiai ir dalykiškai",
        ),
        "quality": (
            "tiesiog veikia",
            "nė vieno sutrikimo per kelis mėnesius",
            "ataskaitos visada teisingos",
            "patikima net mėnesio gale",
        ),
        "usability": (
            "nauji kolegos išmoksta per rytą",
            "viskas savo vietoje",
            "paieška sutaupo valandas",
            "aišku ir be instrukcijos",
        ),
        "onboarding": (
            "pradžia buvo sklandi",
            "duomenis perkėlė per dvi dienas",
            "mokymai buvo to verti",
            "diegimas truko mažiau nei savaitę",
        ),
        "invoices": (
            "sąskaitos aiškios ir laiku",
            "sąskaitose nė vienos klaidos",
            "metų suderinimas vyksta lengvai",
            "mokėjimo sąlygos patogios",
        ),
        "trust": (
            "laikotės žodžio",
            "patikime jums savo duomenis",
            "atvirai pripažįstate klaidas",
            "visada žinome, ko tikėtis",
        ),
    },
    blame={
        "price": (
            "kaina vėl pakilo, o naudos nepadaugėjo",
            "mažai įmonei tapo per brangu",
            "mokame už tai, ko nenaudojame",
            "kiti tą patį siūlo pigiau",
        ),
        "speed": (
            "pirmo atsakymo laukėme dvi dienas",
            "niekas neatsakė, kol neparašėme dar kartą",
            "skubios užklausos stovi eilėje",
            "anksčiau atsakydavo per valandą, dabar per dieną",
        ),
        "staff": (
            "kaskart naujas žmogus klausia to paties",
            "atsakymas nukopijuotas ir netiko",
            "jaučiausi atstumtas",
            "užklausą uždarė jos neišsprendę",
        ),
        "quality": (
            "eksportas stringa kas antrą savaitę",
            "skaičiai ataskaitoje nesutampa",
            "neveikė pačią darbingiausią dieną",
            "po atnaujinimo grįžo ta pati klaida",
        ),
        "usability": (
            "per daug paspaudimų paprastam darbui",
            "po pertvarkos nieko nerandu",
            "telefone naudotis nepatogu",
            "nustatymai paslėpti keistose vietose",
        ),
        "onboarding": (
            "po pirmos savaitės likome vieni",
            "duomenų perkėlimas truko mėnesį",
            "mokymai buvo per bendri",
            "diegimas užtruko ilgiau, nei sutarta",
        ),
        "invoices": (
            "sąskaitoje vėl klaida",
            "nuskaitė pinigus du kartus",
            "niekas nepaaiškino papildomos eilutės",
            "sąskaita ateina po termino",
        ),
        "trust": (
            "žadėjo paskambinti ir nepaskambino",
            "apie pakeitimą sužinojome iš kitų",
            "niekas neįspėjo apie sutrikimą",
            "neaišku, kas mato mūsų duomenis",
        ),
    },
    reach_me=(" Parašykite man: {email}.", " Paskambinkite: {phone}."),
    answers=(
        "Iš mūsų pusės padaryta, prašome patikrinti.",
        "Ar galite atsiųsti ekrano nuotrauką?",
        "Pataisėme, atsiprašome už nepatogumus.",
        "Pabandykite žingsnius iš šio vadovo.",
        "Perdaviau specialistui, dar parašysiu.",
        "Ištaisyta šiandienos atnaujinime.",
    ),
    thanks=(
        "Ačiū, veikia.",
        "Puiku, dėkoju!",
        "Siunčiu ekrano nuotrauką.",
        "Vis dar tas pats, pažiūrėkite dar kartą.",
        "Ar yra naujienų?",
    ),
)

VOICES = {"en": ENGLISH, "ru": RUSSIAN, "lt": LITHUANIAN}

THEMES = {
    "price": 10,
    "speed": 14,
    "staff": 14,
    "quality": 18,
    "usability": 16,
    "onboarding": 8,
    "invoices": 10,
    "trust": 8,
}
THEME_OF_REASON = {
    "too_expensive": "price",
    "price_increase": "price",
    "no_budget": "price",
    "slow_response": "speed",
    "unresolved_issue": "staff",
    "staff_behaviour": "staff",
    "missing_feature": "usability",
    "quality_defect": "quality",
    "usability": "usability",
    "delivery_process": "onboarding",
    "competitor_offer": "price",
    "trust_privacy": "trust",
}
THEME_OF_TOPIC = {
    "invoices": "invoices",
    "prices": "price",
    "errors": "quality",
    "integrations": "quality",
    "setup": "onboarding",
    "usage": "usability",
}


def comment(dice: Dice, language: str, theme: str, is_praise: bool) -> str:
    """Remark on the theme, now and then with an address that must not be published."""
    voice = VOICES[language]
    sentence = dice.pick((voice.praise if is_praise else voice.blame)[theme])
    words = dice.pick(voice.openings) + sentence
    words = words[0].upper() + words[1:] + "." + dice.pick(voice.closings if is_praise else ("", ""))
    if dice.chance(0.02):
        number = dice.whole(1000, 9999)
        contact = {"email": f"reader{number}@mail.example", "phone": f"+370 600 0{number}"}
        words += dice.pick(voice.reach_me).format(**contact)
    return words


def leaving_words(dice: Dice, reason: str, language: str) -> str | None:
    """Say goodbye in the customer's words, where the reason is one people complain about."""
    theme = THEME_OF_REASON.get(reason)
    return comment(dice, language, theme, is_praise=False) if theme and dice.chance(0.6) else None


def theme_of_mood(dice: Dice, is_praise: bool, silence: float) -> str:
    """Pick what is talked about; where replies fail (silence above 1) the unhappy talk of that."""
    if is_praise:
        return dice.weighted(THEMES)
    return dice.weighted(THEMES | {"speed": THEMES["speed"] * math.sqrt(silence**3)})
