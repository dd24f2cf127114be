// Processing element: one product and one accumulator. PRODUCT 0: a * b by int4_mul; 1: shift_mul; 2: standard_product;
// 3: mf_bprop (1 to 3: a is int4, b fp4_e3m0). EXP = 0: int_accumulator of W bits (SATURATE); otherwise fp_sum of EXP
// exponent and MAN mantissa bits, with overflow 0; CHUNK > 0 (of EXP = 5, MAN = 10):
// chunk_accumulator of that length. At a rising clock: clear makes sum 0, else enable adds a product.
//   PRODUCT = 3, EXP = 8, MAN = 23, sum = 0, a = 4'h9 (-7), b = 4'h7 (64): sum = 32'hC3E00000 (-448).
module pe_mac #(
    parameter PRODUCT = 1,
    parameter W = 24,
    parameter SATURATE = 0,
    parameter EXP = 0,
    parameter MAN = 23,
    parameter CHUNK = 0
) (
    input  wire                                        clk,
    input  wire                                        clear,
    input  wire                                        enable,
    input  wire [                                 3:0] a,
    input  wire [                                 3:0] b,
    output wire [(EXP == 0 ? W : 1 + EXP + MAN) - 1:0] sum,
    output wire                                        overflow
);
  localparam TERM = PRODUCT == 0 ? 8 : PRODUCT == 1 ? 11 : 7;  // bits of a product; FP7 from 2 on
  wire [TERM-1:0] product;
  generate
    if (PRODUCT == 0) begin : integers
      int4_mul multiply (
          .a(a),
          .b(b),
          .product(product)
      );
    end else if (PRODUCT == 1) begin : shift
      shift_mul multiply (
          .a(a),
          .g(b),
          .product(product)
      );
    end else if (PRODUCT == 2) begin : standard
      standard_product multiply (
          .a(a),
          .g(b),
          .product(product)
      );
    end else begin : bprop
      mf_bprop multiply (
          .a(a),
          .g(b),
          .product(product)
      );
    end

    if (EXP == 0) begin : to_int
      localparam IN = PRODUCT == 0 ? 8 : 11;
      wire [IN-1:0] term;
      if (PRODUCT < 2) begin : direct
        assign term = product;
      end else begin : convert
        fp7_to_int #(
            .OUT(IN)
        ) to_int (
            .code (product),
            .value(term)
        );
      end
      int_accumulator #(
          .W(W),
          .SATURATE(SATURATE),
          .IN(IN)
      ) accumulate (
          .clk(clk),
          .clear(clear),
          .enable(enable),
          .term(term),
          .sum(sum),
          .overflow(overflow)
      );
    end else begin : to_fp
      wire [EXP+MAN:0] term;
      if (PRODUCT < 2) begin : from_int
        int_to_fp #(
            .IN (TERM),
            .EXP(EXP),
            .MAN(MAN)
        ) convert (
            .term (product),
            .value(term)
        );
      end else begin : from_fp7
        fp7_to_fp #(
            .EXP(EXP),
            .MAN(MAN)
        ) convert (
            .code (product),
            .value(term)
        );
      end
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
