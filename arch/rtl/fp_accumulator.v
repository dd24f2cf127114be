// Floating-point accumulator of integers: term (IN bits, two's complement; exact as int_to_fp says) converted and
// summed by fp_sum. At a rising clock: clear makes sum +0, else enable adds term.
//   EXP = 8, MAN = 7, sum = 16'h4380 (256), term = 1: sum = 16'h4380 (tie to even).
module fp_accumulator #(
    parameter EXP = 8,
    parameter MAN = 23,
    parameter IN  = 11
) (
    input  wire                    clk,
    input  wire                    clear,
    input  wire                    enable,
    input  wire signed [   IN-1:0] term,
    output wire        [EXP+MAN:0] sum
);
  wire [EXP+MAN:0] converted;
  int_to_fp #(
      .IN (IN),
      .EXP(EXP),
      .MAN(MAN)
  ) convert (
      .term (term),
      .value(converted)
  );
  fp_sum #(
      .EXP(EXP),
      .MAN(MAN)
  ) accumulate (
      .clk(clk),
      .clear(clear),
      .enable(enable),
      .term(converted),
      .sum(sum)
  );
endmodule
