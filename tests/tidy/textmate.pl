#!/usr/bin/perl
# textmate.pl GRAMMAR FILE …: reads files as an editor with TextMate grammars does, and prints, for each line of each,
# its place and what every octet is: c comment, s string, k keyword, type or constant, . anything else, blanks aside.
# Exit code 1, with a line on the standard error, where a file ends within a comment or string.
#
# What of the format is known here: match, captures, begin, end, name, patterns and includes.
use strict;
use warnings;
use JSON::PP;

my $grammar = decode_json(do { local (@ARGV, $/) = (shift @ARGV); <> });

# What a scope says of its octets; undef: what is around it.
sub class_of {
    my ($name) = @_;
    return undef if !defined $name;
    return $name =~ /^comment/ ? 'c' : $name =~ /^(string|constant\.character)/ ? 's'
         : $name =~ /^(keyword\.(?!operator)|storage(?!\.modifier\.attribute)|constant\.language)/ ? 'k' : '.';
}

# Patterns with their includes in place; two grammars that include each other end at the rule, which has no includes.
sub expand {
    my @rules;
    for my $rule (@_) {
        my $include = $rule->{include};
        if (!defined $include)         { push @rules, $rule }
        elsif ($include eq '$self')    { push @rules, expand(@{ $grammar->{patterns} }) }
        else {
            my $named = $grammar->{repository}{ substr $include, 1 };
            push @rules, defined $named->{match} || defined $named->{begin} ? $named : expand(@{ $named->{patterns} });
        }
    }
    return @rules;
}

# A pattern is compiled once.
my %compiled;
sub compiled { return $compiled{ $_[0] } //= qr/$_[0]/ }

# The first match of a pattern at or behind a place: where it begins and ends.
sub find {
    my ($line, $place, $pattern) = @_;
    pos($$line) = $place;
    my $compiled = compiled($pattern);
    return $$line =~ /$compiled/g ? ($-[0], $+[0]) : ();
}

my $bad = 0;
for my $path (@ARGV) {
    open my $file, '<', $path or die "$path: $!\n";
    my @stack = ({ rules => [expand(@{ $grammar->{patterns} })], class => '.' });
    while (my $line = <$file>) {
        chomp $line;
        my ($place, $classes) = (0, '');
        while ($place <= length $line) {
            my $top = $stack[-1];
            my ($from, $to, $rule) = (length($line) + 1);
            if (defined $top->{end} && (my ($begin, $end) = find(\$line, $place, $top->{end}))) {
                ($from, $to) = ($begin, $end);
            }
            for my $candidate (@{ $top->{rules} }) {
                my ($begin, $end) = find(\$line, $place, $candidate->{match} // $candidate->{begin});
                ($from, $to, $rule) = ($begin, $end, $candidate) if defined $begin && $begin < $from;
            }
            last if $from > length $line;
            $classes .= $top->{class} x ($from - $place);
            my $class = defined $rule ? class_of($rule->{name}) // $top->{class} : $top->{class};
            # The braces around an interpolation are no text.
            $class = '.' if !defined $rule && defined $top->{outer};
            $classes .= $class x ($to - $from);
            if (defined $rule && defined $rule->{captures}) {
                pos($line) = $from;
                my $compiled = compiled($rule->{match});
                $line =~ /$compiled/g;
                for my $number (keys %{ $rule->{captures} }) {
                    my ($begin, $end) = ($-[$number], $+[$number]);
                    substr($classes, $begin, $end - $begin) =
                        class_of($rule->{captures}{$number}{name}) x ($end - $begin) if defined $begin;
                }
            }
            if (!defined $rule) { pop @stack }
            elsif (defined $rule->{begin}) {
                push @stack, { rules => [expand(@{ $rule->{patterns} // [] })], end => $rule->{end}, class => $class,
                               outer => $rule->{beginCaptures} };
            }
            $place = $to > $place || !defined $rule ? $to : $to + 1;
        }
        $classes .= $stack[-1]{class} x (length($line) - length $classes) if length $classes < length $line;
        substr($classes, $-[0], 1) = ' ' while $line =~ /[ \t\r]/g;
        print "$path:$.: $classes\n";
    }
    if (@stack > 1) {
        print STDERR "$path ends within what began somewhere above: $stack[-1]{end}\n";
        $bad = 1;
    }
}
exit $bad;
