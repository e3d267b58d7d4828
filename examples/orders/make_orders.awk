# Makes orders.jsonl: awk -f make_orders.awk > orders.jsonl
# A thousand orders of a tea and coffee shop, the same ones at every run: a linear congruential generator picks.

function pick(n) { seed = (seed * 69069 + 1) % 4294967296; return int(seed / 65536) % n }

BEGIN {
    seed = 20240229
    article_count = split("TEA-EARL-GREY-100G:6.90 TEA-SENCHA-100G:9.80 COFFEE-HARAR-250G:9.50 COFFEE-ANTIGUA-1KG:31.90 " \
        "FILTER-02-100:5.40 KETTLE-GOOSENECK-1L:64.00 GRINDER-HAND-STEEL:79.00 SCALE-DRIP-2KG:34.90 " \
        "MUG-STONEWARE-BLUE:14.25 MUG-STONEWARE-GREEN:14.25 TEAPOT-CAST-IRON:48.00 MATCHA-30G:24.50 " \
        "HONEY-LIME-500G:8.75 ESPRESSO-MACHINE-PRO:1290.00", articles, " ")
    name_count = split("alice ben chiara david elif farid greta hugo ines jonas keiko liam marta noor oskar priya " \
        "quentin rosa stefan tilda uwe vera wanda xavier yusuf zoe", names, " ")
    host_count = split("example.com example.net example.org", hosts, " ")
    # Test numbers as card processors publish them; the last but one is always declined, the last is mistyped.
    card_count = split("4242424242424242 5555555555554444 378282246310005 6011111111111117 3530111333300000 " \
        "4242424242424242 5555555555554444 4000056655665556 5105105105105100 6011000990139424 4012888888881881 " \
        "4222222222222220 378734493671000 30569309025904 4000000000000002 4242424242424241", cards, " ")

    for (number = 1; number <= 1000; number++) {
        id = sprintf("O-%04d", number)
        email = names[1 + pick(name_count)] pick(90) + 10 "@" hosts[1 + pick(host_count)]
        printf "{\"order\": {\"id\": \"%s\", \"email\": \"%s\", \"card\": \"%s\", \"items\": [", id, email, cards[1 + pick(card_count)]
        item_count = 1 + pick(4)
        first = pick(article_count)
        for (i = 0; i < item_count; i++) {
            # 3 has no factor in common with the number of articles, so no article stands twice in an order.
            split(articles[1 + (first + 3 * i) % article_count], article, ":")
            quantity = article[2] > 1000 ? 1 : 1 + pick(5)
            printf "%s{\"sku\": \"%s\", \"quantity\": %d, \"price\": \"%s\"}", i ? ", " : "", article[1], quantity, article[2]
        }
        print "]}}"
    }
}
