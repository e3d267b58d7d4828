# What must become of each order, worked out from the input alone, without any code of Dsy's.
# jq -r -f expected.jq orders.jsonl: tab-separated lines, of two kinds:
#   answer  ORDER  what the caller of Orders.checkout gets
#   step    ORDER  one effect on the outside, which must be asked for exactly once

def digits: explode | map(. - 48);
def luhn: digits | reverse | [to_entries[] | if .key % 2 == 1 then .value * 2 | if . > 9 then . - 9 else . end else .value end]
    | add % 10 == 0;
def cents: split(".") | (.[0] | tonumber) * 100 + (.[1] | tonumber);
def money: "\(. / 100 | floor).\(. % 100 / 10 | floor)\(. % 10)";
def line($kind; $what): "\($kind)\t\(.id)\t\($what)";

.order
| (.items | map((.price | cents) * .quantity) | add) as $total
| (.items | map(.sku)) as $skus
| ($skus | index("MUG-STONEWARE-GREEN")) as $missing
| if .card | luhn | not then
    line("answer"; "CardDeclined: not a card number")
  elif .card == "4000000000000002" then
    line("answer"; "CardDeclined: no funds"),
    line("step"; "charge \($total | money): declined")
  elif $total > 150000 then
    line("answer"; "CardDeclined: over the limit"),
    line("step"; "charge \($total | money): declined")
  elif $missing then
    line("answer"; "OutOfStock: MUG-STONEWARE-GREEN"),
    line("step"; "charge \($total | money): done"),
    ($skus[:$missing][] as $sku | line("step"; "reserve \($sku): done"), line("step"; "release \($sku): done")),
    line("step"; "reserve MUG-STONEWARE-GREEN: out of stock"),
    line("step"; "refund R-\(.id): done"),
    line("step"; "mail Order \(.id): we are out of MUG-STONEWARE-GREEN: done")
  else
    line("answer"; "receipt R-\(.id), \($total | money)"),
    line("step"; "charge \($total | money): done"),
    ($skus[] as $sku | line("step"; "reserve \($sku): done")),
    line("step"; "mail Order \(.id) is on its way: done")
  end
