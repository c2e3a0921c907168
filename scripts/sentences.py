"""Sentences in several scripts, which texts of test vectors are made of."""

SENTENCES = [
    "All human beings are born free and equal in dignity and rights. They're endowed with reason & conscience.",
    "Der Straßenbahn-Fahrer überquerte die STRASSE; ÄÖÜ äöü ẞ ß. Łódź, Œuvre, ﬁnance, naïve cafe\u0301.",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι. ΟΛΟΙ ΟΙ ΑΝΘΡΩΠΟΙ, ΟΔΟΣ ΟΔΥΣΣΕΥΣ Σ Σ' ΑΣ.",
    "Все люди рождаются свободными и равными в своем достоинстве и правах. ВСЕ ЛЮДИ; Ёлка, Україна.",
    "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। १२३",
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。ＦＵＬＬ　ｗｉｄｔｈ",
    "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. כל בני האדם נולדו בני חורין ושווים",
    "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกัน 모든 인간은 태어날 때부터 자유로우며 İSTANBUL ıi ǅ ǆ",
]
