// Processing element of int4 by radix-4 FP4: radix4_mul and one accumulator. phase: that of g's tensor. EXP = 0:
// int_accumulator of W >= 18 bits (SATURATE); otherwise fp_sum of EXP exponent and MAN mantissa bits, with overflow 0;
// CHUNK > 0 (of EXP = 5, MAN = 10): chunk_accumulator of that length. At a rising clock: clear makes sum 0, else enable
// adds a product.
//   W = 24, sum = 0, a = 4'h9 (-7), g = 4'h7, phase = 1 (8192): sum = -57344.
//   EXP = 5, MAN = 10, sum = 16'h7B00 (57344), a = 4'h1, g = 4'h3, phase = 1 (32): sum = 16'h7B01 (57376).
module pe_radix4 #(
    parameter W = 24,
    parameter SATURATE = 0,
    parameter EXP = 0,
    parameter MAN = 23,
    parameter CHUNK = 0
) (
    input  wire                                        clk,
    input  wire                                        clear,
    input  wire                                        enable,
    input  wire                                        phase,
    input  wire [                                 3:0] a,
    input  wire [                                 3:0] g,
    output wire [(EXP == 0 ? W : 1 + EXP + MAN) - 1:0] sum,
    output wire                                        overflow
);
  wire [(EXP == 0 ? 18 : 1 + EXP + MAN) - 1:0] term;
  radix4_mul #(
      .EXP(EXP),
      .MAN(MAN)
  ) multiply (
      .a(a),
      .g(g),
      .phase(phase),
      .product(term)
  );
  generate
    if (EXP == 0) begin : integers
      int_accumulator #(
          .W(W),
          .SATURATE(SATURATE),
          .IN(18)
      ) accumulate (
          .clk(clk),
          .clear(clear),
          .enable(enable),
          .term(term),
          .sum(sum),
          .overflow(overflow)
      );
    end else begin : floats
      if (CHUNK == 0) begin : plain
        fp_sum #(
            .EXP(EXP),
            .MAN(MAN)
        ) accumulate (
            .clk(clk),
            .clear(clear),
            .enable(enable),
            .term(term),
            .sum(sum)
        );
      end else begin : chunked
        chunk_accumulator #(
            .LENGTH(CHUNK)
        ) accumulate (
            .clk(clk),
            .clear(clear),
            .enable(enable),
            .term(term),
            .sum(sum)
        );
      end
      assign overflow = 1'b0;
    end
  endgenerate
endmodule
