"""Which passwords are too easily guessed. Length is the rule; there are none about kinds of characters."""

import re

SHORTEST = 12
LONGEST = 256

# What the lists of stolen passwords are full of, once figures and signs are taken off.
COMMON_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    abc abcabc abcdef abcdefg abcdefgh abcdefghijkl abcdefghijklm abcdefghijklmnopqrstuvwxyz
    admin administrator adminadmin adminpassword asdf asdfasdf asdfgh asdfghjkl asdfghjklqwertyuiop azerty azertyuiop
    baseball basketball batman changeme changemenow changeit computer consulting correcthorsebatterystaple
    default defaultpassword dragon football footballfootball freedom google hello helloworld iloveyou iloveyouforever
    iloveyouiloveyou internet jesus jesuschrist jesusislord kennwort letmein letmeinletmein letmeinnow liverpool
    loveyou loveme lovelove manchester manchesterunited master michael microsoft minecraft monkey mustang
    mypassword ninja nintendo onetwothree pass passpass passphrase passw passwd passwort passwordpassword password
    passwordpasswordpassword princess qazwsx qazwsxedc qazwsxedcrfv qwer qwerqwer qwert qwertz qwertzuiop
    qwerty qwertyqwerty qwertyuiop qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm pokemon secret secretpassword
    server shadow snoopy spiderman starwars studyplan studyplanstudyplan summer sunshine superman superuser sysadmin
    temporary temppassword test testing testpassword testtest thisismypassword trustno trustnoone user username
    welcome welcomehome welcomewelcome winter winteriscoming whatever xxxxxx yellow zxcvbn zxcvbnm zaqwsx
    zaqxswcde motdepasse contrasena hunter qazxsw iamthebest mynameis opensesame nothing unknown
    """,
    )
)
_LEET = str.maketrans("013457$@!", "oleastsai")
_RUNS = ("1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_FEWEST_KINDS = 5


def find_fault(password: str, email: str = "") -> str | None:
    """Say what is wrong with a new password (normalised already), in a sentence; None when nothing is."""
    if len(password) < SHORTEST:
        return f"Use {SHORTEST} characters or more; a few unrelated words are easy to keep in mind."
    if len(password) > LONGEST:
        return f"Use {LONGEST} characters or fewer."
    if _is_common(password):
        return "This is one of the first passwords that get tried. A few unrelated words in a row are better."
    if _is_own_address(password, email):
        return "This is made of your address, which others know. A few unrelated words in a row are better."
    return None


def _is_common(password: str) -> bool:
    text = password.lower()
    candidates = (_letters(text), _letters(_without_end(text).translate(_LEET)))
    return (
        any(word in COMMON_WORDS for word in candidates)
        or len(set(text)) < _FEWEST_KINDS
        or _is_run(text)
        or _is_repeated_word(text)
    )


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


def _without_end(text: str) -> str:
    """Take off the figures and signs that a common word gets to become long enough."""
    return re.sub(r"[\W\d_]+$", "", text)


def _is_run(text: str) -> bool:
    """Say whether a password walks along the figures, the alphabet or a row of keys, again and again or back."""
    walks = [run * len(text) for run in _RUNS]
    return any(text in walk or text in walk[::-1] for walk in walks)


def _is_repeated_word(text: str) -> bool:
    found = re.fullmatch(r"(.{1,8}?)\1+", text)
    return found is not None and (len(found[1]) < _FEWEST_KINDS or found[1] in COMMON_WORDS)


def _is_own_address(password: str, email: str) -> bool:
    if not email:
        return False
    text, address = password.lower(), email.lower()
    local, _, domain = address.partition("@")
    names = {address, local, domain, local + domain, local * 2}
    return text in names or _without_end(text) in names
