// Processing element of floating point: one product, rounded to nearest even to the accumulator's format, and fp_sum of
// EXP exponent and MAN mantissa bits. PRODUCT 0: a int4, b fp8 (int4_fp8_mul); 1: both fp8 (fp8_mul); 2: both bf16
// (bf16_fp32_mul); 3: both binary32 (fp32_mul). fp8 operands are {e5m2, code}. PRODUCT 0 and 1 also take EXP = 5,
// MAN = 10. Subnormals are taken and given, infinities and NaN as IEEE 754 has them, NaN canonical: as fp_mul and fp_add.
// At a rising clock: clear makes sum +0, else enable adds a product.
//   PRODUCT = 1, sum = 0, a = 9'h07E (448), b = 9'h1BC (e5m2: -1): sum = 32'hC3E00000 (-448).
//   PRODUCT = 2, sum = 32'h3F800000, a = b = 16'h3980 (2^-12): sum = 32'h3F800000 (2^-24: tie to even).
module pe_float #(
    parameter PRODUCT = 1,
    parameter EXP = 8,
    parameter MAN = 23
) (
    input  wire                                                                        clk,
    input  wire                                                                        clear,
    input  wire                                                                        enable,
    input  wire [(PRODUCT == 0 ? 4 : PRODUCT == 1 ? 9 : PRODUCT == 2 ? 16 : 32) - 1:0] a,
    input  wire [              (PRODUCT < 2 ? 9 : PRODUCT == 2 ? 16 : 32) - 1:0] b,
    output wire [                                                           EXP+MAN:0] sum
);
  wire [EXP+MAN:0] term;
  generate
    if (PRODUCT == 0) begin : int4_fp8
      int4_fp8_mul #(
          .EXP(EXP),
          .MAN(MAN)
      ) multiply (
          .a(a),
          .e5m2(b[8]),
          .b(b[7:0]),
          .product(term)
      );
    end else if (PRODUCT == 1) begin : fp8
      fp8_mul #(
          .EXP(EXP),
          .MAN(MAN)
      ) multiply (
          .a_e5m2(a[8]),
          .a(a[7:0]),
          .b_e5m2(b[8]),
          .b(b[7:0]),
          .product(term)
      );
    end else if (PRODUCT == 2) begin : bf16
      bf16_fp32_mul multiply (
          .a(a),
          .b(b),
          .product(term)
      );
    end else begin : fp32
      fp32_mul multiply (
          .a(a),
          .b(b),
          .product(term)
      );
    end
  endgenerate
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
endmodule
