// |x| * inverse for a finite bf16 x, rounded once to 24 bits (nearest even): significand * 2^(exponent - 23).
// inverse: binary32, positive, normal, at most 2^126 (that of every quantizer scale is). Combinational.
// POW2 = 0: significand has its leading bit set, unless x is zero. POW2 = 1: inverse is a power of two, only its
// exponent field is read, and nothing is rounded; a subnormal x has a significand below 2^23, with exponent <= 0.
// The exponent is not limited: beyond binary32's range the quantizers clip, below it they give zero, see luq_lane.
//   x = 16'h3FC0 (1.5), inverse = 32'h40000000 (2): significand = 24'hC00000, exponent = 1.
//   x = 16'h3FC0 (1.5), inverse = 32'h3F2AAAAB (2/3, rounded up): significand = 24'h800000, exponent = 0.
//   x = 16'h0001 (2^-133), inverse = 32'h7E800000 (2^126): exponent = -7, significand = 24'h800000;
//   with POW2 = 1 exponent = 0, significand = 24'h010000.
module scale_mul #(
    parameter POW2 = 0
) (
    input  wire        [14:0] x,
    input  wire        [30:0] inverse,
    output wire        [23:0] significand,
    output wire signed [ 9:0] exponent
);
  wire subnormal = x[14:7] == 8'd0;
  // Exponent of the product of significands in [1, 2): the biases take 254, and field 0 counts as 1.
  wire [9:0] sum = {2'b00, x[14:7]} + {2'b00, inverse[30:23]} - 10'd254 + {9'd0, subnormal};

  generate
    if (POW2 != 0) begin : shift
      assign significand = {!subnormal, x[6:0], 16'd0};
      assign exponent = sum;
      wire unused = &{1'b0, inverse[22:0]};
    end else begin : multiply
      // Where the product is rounded depends on its leading one, so a subnormal x is normalised.
      wire [6:0] by_4 = |x[6:3] ? x[6:0] : {x[2:0], 4'd0};
      wire [6:0] by_2 = |by_4[6:5] ? by_4 : {by_4[4:0], 2'd0};
      wire [6:0] by_1 = by_2[6] ? by_2 : {by_2[5:0], 1'b0};
      wire [2:0] zeros = {!(|x[6:3]), !(|by_4[6:5]), !by_2[6]};
      wire [7:0] a = subnormal ? {by_1, 1'b0} : {1'b1, x[6:0]};

      wire [31:0] product = {24'd0, a} * {8'd0, 1'b1, inverse[22:0]};
      wire above_2 = product[31];
      wire [31:0] p = above_2 ? product : {product[30:0], 1'b0};
      wire up = p[7] && (p[8] || |p[6:0]);
      // A carry out leaves zeros below it: the significand is then 2^23 and the exponent one higher.
      wire [24:0] rounded = {1'b0, p[31:8]} + {24'd0, up};
      assign significand = {rounded[24] | rounded[23], rounded[22:0]};
      assign exponent = sum - (subnormal ? {7'd0, zeros} + 10'd1 : 10'd0) + {9'd0, above_2} + {9'd0, rounded[24]};
    end
  endgenerate
endmodule
